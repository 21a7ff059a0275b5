using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.Lifecycle;
using Hdms.Tickets.Tickets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Links;

/// <summary>Row 45: two tickets that have to do with one another.</summary>
static class LinkTicket
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/tickets/{id}/links", Handle)
        .WithName(nameof(LinkTicket))
        .WithTags("Links")
        .WithSummary("Links a ticket to another one (moderators)")
        .Creates()
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.InvalidTransition, Codes.ValidationFailed, Codes.UnknownReference, Codes.AlreadyExists);

    static Task<Answer<TicketLinkView>> Handle(string id, LinkTicketRequest request, Caller caller, TicketDesk desk, CancellationToken ct)
    {
        var key = TicketKey.Of(id);
        return desk.Database.AnswerAsync(caller, async unit =>
        {
            await LockBothAsync(unit, key, request.ToId);
            var situation = await desk.LockAsync(unit, key);
            Decision.Of(situation, "link");
            if (situation.Ticket.Id == request.ToId)
            {
                throw Refusal.Invalid("to_id", "must be another ticket");
            }

            var other = await TicketTable.Rows.FindAsync(unit, "WHERE r.id = @ToId AND NOT r.is_deleted AND r.status <> 'draft'", new { request.ToId })
                ?? throw Refusal.UnknownReference("to_id", "There is no ticket with this id.");
            await MustBeNewAsync(unit, situation.Ticket.Id, other.Id, request.Kind);
            var link = await LinkTable.AddAsync(unit, situation.Ticket.Id, other.Id, request.Kind);
            var view = await LinkViewing.ManyAsync(unit.Connection, situation.Ticket.Id, [(link, other)], ct);
            return Answer.Created($"{Service.Api}/tickets/{situation.Ticket.Id}/links/{link.Id}", view[0], link.Version);
        }, ct);
    }

    /// <summary>In the order of their ids, since somebody may link them the other way round just now.</summary>
    static Task<int> LockBothAsync(UnitOfWork unit, TicketKey key, Guid other) => unit.ExecuteAsync(
        $"SELECT FROM tickets AS r WHERE {key.Where} OR r.id = @other ORDER BY r.id FOR UPDATE", new { key.Id, key.Number, other });

    /// <summary>Tickets that relate to one another do so both ways.</summary>
    static async Task MustBeNewAsync(UnitOfWork unit, Guid from, Guid to, LinkKind kind)
    {
        var there = await LinkTable.FindAsync(unit, from, to, kind) ?? (kind == LinkKind.Relates ? await LinkTable.FindAsync(unit, to, from, kind) : null);
        if (there is not null)
        {
            throw new Refusal(Codes.AlreadyExists, "They are linked like this already.") { Members = new Dictionary<string, object?> { ["link"] = there.Id } };
        }
    }
}
