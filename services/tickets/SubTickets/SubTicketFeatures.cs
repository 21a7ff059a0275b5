using Hdms.Contracts;
using Hdms.Kit.Auth;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.SubTickets;

/// <summary>The routes of sub-tickets; splitting a ticket is an action of the ticket's.</summary>
static class SubTicketFeatures
{
    public static void MapSubTickets(this RouteGroupBuilder api)
    {
        var reads = api.MapGroup("").LimitedToScopes(Scopes.ReadTickets);
        ListSubTickets.Map(reads);
        GetSubTicket.Map(reads);

        StartSubTicket.Action.Map(api);
        ProgressSubTicket.Action.Map(api);
        CompleteSubTicket.Action.Map(api);
        CloseSubTicket.Action.Map(api);
        ReopenSubTicket.Action.Map(api);
    }
}
