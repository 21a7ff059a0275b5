using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.Tickets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.SubTickets;

static class GetSubTicket
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/subtickets/{id:guid}", Handle)
        .WithName(nameof(GetSubTicket))
        .WithTags("Sub-tickets")
        .WithSummary("One sub-ticket")
        .WithProblems(Codes.Forbidden, Codes.NotFound);

    /// <summary>No 304: names and what the caller may do change without the version.</summary>
    static async Task<Answer<SubTicketView>> Handle(Guid id, Caller caller, TicketDesk desk, CancellationToken ct)
    {
        var situation = await SubSituation.LookAsync(desk, id, caller, ct);
        return Answer.Ok(await desk.Database.ReadAsync(c => SubTicketViewing.OneAsync(c, situation, ct), ct), situation.Sub.Version);
    }
}
