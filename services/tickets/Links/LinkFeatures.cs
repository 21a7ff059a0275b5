using Hdms.Contracts;
using Hdms.Kit.Auth;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Links;

static class LinkFeatures
{
    public static void MapLinks(this RouteGroupBuilder api)
    {
        ListLinks.Map(api.MapGroup("").LimitedToScopes(Scopes.ReadTickets));
        LinkTicket.Map(api);
        UnlinkTicket.Map(api);
    }
}
