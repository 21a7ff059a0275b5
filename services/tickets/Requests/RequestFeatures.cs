using Hdms.Contracts;
using Hdms.Kit.Auth;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Requests;

/// <summary>The routes of requests; making one is an action of the ticket's.</summary>
static class RequestFeatures
{
    public static void MapRequests(this RouteGroupBuilder api)
    {
        ListRequests.Map(api.MapGroup("").LimitedToScopes(Scopes.ReadTickets));
        ApproveRequest.Map(api);
        EndRequest.Map(api);
    }
}
