using Hdms.Contracts;
using Hdms.Kit.Auth;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Sla;

/// <summary>The routes of templates, calendars and clocks.</summary>
static class SlaFeatures
{
    public static void MapSla(this RouteGroupBuilder api)
    {
        var reads = api.MapGroup("").LimitedToScopes(Scopes.ReadTickets);
        ListSlaTemplates.Map(reads);
        GetSlaTemplate.Map(reads);
        ListCalendars.Map(reads);
        GetCalendar.Map(reads);
        GetTicketClocks.Map(reads);
        PreviewDue.Map(reads);

        CreateSlaTemplate.Map(api);
        ChangeSlaTemplate.Map(api);
        DeleteSlaTemplate.Map(api);
        RestoreSlaTemplate.Map(api);

        CreateCalendar.Map(api);
        ChangeCalendar.Map(api);
        DeleteCalendar.Map(api);
    }
}
