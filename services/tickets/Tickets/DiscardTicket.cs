using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.Lifecycle;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Tickets;

/// <summary>Row 3: the owner throws a draft away.</summary>
static class DiscardTicket
{
    public static void Map(IEndpointRouteBuilder api) => api.MapDelete("/tickets/{id}", Handle)
        .WithName(nameof(DiscardTicket))
        .WithTags("Tickets")
        .WithSummary("Discards a draft (its owner)")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.InvalidTransition, Codes.PreconditionFailed);

    static Task<Answer<NoBody>> Handle(string id, Caller caller, Preconditions preconditions, TicketDesk desk, CancellationToken ct) =>
        desk.Database.AnswerAsync(caller, async unit =>
        {
            var situation = await desk.LockAsync(unit, TicketKey.Of(id));
            Decision.MustBeTheirs(situation, "discard");
            await preconditions.RequireAsync(unit, situation.Ticket.Id, situation.Ticket.Version);
            Decision.Of(situation, "discard");
            await DiscardAsync(unit, situation.Ticket, desk.Tickets);
            return Answer.NoContent();
        }, ct);

    public static Task<Ticket> DiscardAsync(UnitOfWork unit, Ticket draft, TicketTable tickets) =>
        tickets.SaveAsync<TicketDiscarded>(unit, draft, draft with { IsDeleted = true, DeletedAt = unit.Now });
}
