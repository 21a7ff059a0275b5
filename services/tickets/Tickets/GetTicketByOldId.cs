using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.Lifecycle;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Tickets;

/// <summary>Links of the old system go by the number of its key; what they led to has another key now.</summary>
static class GetTicketByOldId
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/tickets/by-old-id/{oldId:long}", Handle)
        .WithName(nameof(GetTicketByOldId))
        .WithTags("Tickets")
        .WithSummary("Where a ticket of the old system is now, by the number that was its key there")
        .WithProblems(Codes.NotFound);

    static async Task<Answer<OldTicketView>> Handle(long oldId, Caller caller, TicketDesk desk, CancellationToken ct)
    {
        var id = await desk.Database.ReadAsync(
            connection => connection.ExecuteScalarAsync<Guid?>(new CommandDefinition("SELECT ticket_id FROM ticket_old_ids WHERE old_id = @oldId", new { oldId }, cancellationToken: ct)), ct)
            ?? throw Refusal.NotFound("ticket");
        var situation = await desk.LookAsync(id, caller, ct);
        return situation.Sight == Sight.Nothing ? throw Refusal.NotFound("ticket") : Answer.Ok(new OldTicketView(oldId, id, situation.Ticket.Number), situation.Ticket.Version);
    }
}
