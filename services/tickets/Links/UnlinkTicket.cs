using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.Lifecycle;
using Hdms.Tickets.Tickets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Links;

static class UnlinkTicket
{
    public static void Map(IEndpointRouteBuilder api) => api.MapDelete("/tickets/{id}/links/{link_id:guid}", Handle)
        .WithName(nameof(UnlinkTicket))
        .WithTags("Links")
        .WithSummary("Takes a link away, from either of its tickets (moderators)")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.InvalidTransition, Codes.PreconditionFailed);

    static Task<Answer<NoBody>> Handle(string id, Guid link_id, Caller caller, Preconditions preconditions, TicketDesk desk, CancellationToken ct) =>
        desk.Database.AnswerAsync(caller, async unit =>
        {
            var situation = await desk.LockAsync(unit, TicketKey.Of(id));
            Decision.Of(situation, "link");
            var link = await LinkTable.Rows.FindAsync(
                unit, "WHERE r.id = @link_id AND @Id IN (r.from_id, r.to_id) AND NOT r.is_deleted FOR UPDATE", new { link_id, situation.Ticket.Id })
                ?? throw Refusal.NotFound("link");
            await preconditions.RequireAsync(unit, link.Id, link.Version);
            await LinkTable.RemoveAsync(unit, link);
            return Answer.NoContent();
        }, ct);
}
