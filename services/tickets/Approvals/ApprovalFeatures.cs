using Hdms.Contracts;
using Hdms.Kit.Auth;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Approvals;

/// <summary>The routes of approvals and substitutes; asking and deciding are actions of the ticket's.</summary>
static class ApprovalFeatures
{
    public static void MapApprovals(this RouteGroupBuilder api)
    {
        var reads = api.MapGroup("").LimitedToScopes(Scopes.ReadTickets);
        ListApprovals.Map(reads);
        ListSubstitutes.Map(reads);

        NameSubstitute.Map(api);
        RemoveSubstitute.Map(api);
    }
}
