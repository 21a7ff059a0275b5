using Hdms.Contracts;
using Hdms.Kit.Auth;
using Hdms.Kit.Http;
using Hdms.Kit.Idempotency;
using Hdms.Kit.Problems;
using Hdms.Tickets.Lifecycle;
using Hdms.Tickets.SubTickets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hdms.Tickets.Tickets;

/// <summary>For services that keep what belongs to tickets: what somebody sees of them, by the same rules as here (DOMAIN.md section 5).</summary>
static class SeeTickets
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/tickets/sight", Handle)
        .RequireAuthorization(Policies.Service)
        .WithoutIdempotency()
        .WithName(nameof(SeeTickets))
        .WithTags("Tickets")
        .WithSummary("Which of these tickets and sub-tickets somebody sees, and may add attachments to (services)")
        .WithProblems(Codes.Forbidden);

    static async Task<Answer<TicketSightAnswer>> Handle(TicketSightRequest request, TicketDesk desk, TimeProvider clock, CancellationToken ct)
    {
        var check = new Checks();
        check.That("ticket_ids", request.TicketIds.Count <= 100, "takes 100 at most");
        check.That("sub_ticket_ids", request.SubTicketIds.Count <= 100, "takes 100 at most");
        check.Done();
        var asker = new Caller
        {
            UserId = request.UserId,
            Role = request.Role,
            DepartmentId = request.DepartmentId,
            Scopes = request.Scopes.ToHashSet(StringComparer.Ordinal),

            // Who is no person is a service account: nobody asks here for the system itself, which sees everything.
            ServiceAccountId = request.UserId is null ? Guid.Empty : null,
        };
        return Answer.Ok(await desk.Database.ReadAsync(connection => SeenAsync(connection, request, asker, desk, clock.GetUtcNow(), ct), ct));
    }

    static async Task<TicketSightAnswer> SeenAsync(
        NpgsqlConnection connection, TicketSightRequest request, Caller asker, TicketDesk desk, DateTimeOffset now, CancellationToken ct)
    {
        var subs = await SubTicketTable.Rows.QueryAsync(connection, "WHERE r.id = ANY(@ids) AND NOT r.is_deleted", new { ids = request.SubTicketIds.ToArray() }, ct);
        var tickets = await desk.SituationsAsync(connection, request.TicketIds.Concat(subs.Select(s => s.ParentTicketId)), asker, now, ct);
        return new TicketSightAnswer(
            [.. request.TicketIds.Distinct().Select(tickets.GetValueOrDefault).OfType<Situation>().Where(IsSeen).Select(View)],
            [.. subs.Where(s => tickets.TryGetValue(s.ParentTicketId, out var parent) && !parent.Ticket.IsDeleted)
                .Select(s => new SubSituation(s, tickets[s.ParentTicketId])).Where(s => s.IsSeen).Select(View)]);
    }

    static bool IsSeen(Situation s) => s.Sight == Sight.Everything && !s.Ticket.IsDeleted;

    static TicketSight View(Situation s)
    {
        var own = (s.Actors & (Actor.Owner | Actor.Requester)) != Actor.None;
        var isModerator = s.Actors.HasFlag(Actor.Moderator);
        return new TicketSight(
            s.Ticket.Id, s.Ticket.Number, s.Ticket.Status, own,
            MayUpload: isModerator || ((own || s.Actors.HasFlag(Actor.Head)) && !s.Ticket.IsTerminal),
            MayRemove: isModerator || (s.Ticket.Status == TicketStatus.Draft && s.Actors.HasFlag(Actor.Owner)));
    }

    static SubTicketSight View(SubSituation s)
    {
        var isModerator = s.Actors.HasFlag(Actor.Moderator);
        return new SubTicketSight(
            s.Sub.Id, s.Sub.ParentTicketId, s.Sub.Status, s.Sub.MergedIntoParent,
            MayUpload: isModerator || (s.Actors.HasFlag(Actor.Head) && s.Sub.Status != SubTicketStatus.Closed),
            MayRemove: isModerator);
    }
}
