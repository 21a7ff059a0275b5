using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.Tickets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Sla;

static class GetTicketClocks
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/tickets/{id}/clocks", Handle)
        .WithName(nameof(GetTicketClocks))
        .WithTags("SLA")
        .WithSummary("A ticket's clocks as of now: segments, what is used and what is left, how they ended")
        .WithProblems(Codes.Forbidden, Codes.NotFound);

    /// <summary>No 304 here: time passes without the ticket's version.</summary>
    static async Task<Answer<SlaClocksView>> Handle(string id, Caller caller, TicketDesk desk, CancellationToken ct)
    {
        var seen = await desk.SeeAsync(TicketKey.Of(id), caller, ct);
        var ticket = seen.Ticket;
        var calendars = await desk.Database.ReadAsync(c => CalendarTable.OfTicketsAsync(c, [ticket], ct), ct);
        return Answer.Ok(new SlaClocksView(ticket.Id, ticket.DueOverridden, View(ticket.Sla.Response), View(ticket.Sla.Resolution)), ticket.Version);

        SlaClockView? View(SlaClock? clock) => SlaReading.Of(clock, SlaReading.CalendarOf(clock, calendars), seen.Now);
    }
}
