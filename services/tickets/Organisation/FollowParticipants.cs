using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Feeds;
using Hdms.Tickets.Tickets;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Tickets.Organisation;

/// <summary>
/// Keeps the copy of who takes part, by the communication service's feed: whom a moderator adds sees the ticket, from whom it is taken
/// away does not (DOMAIN.md section 5). A requester who answers in the chat has answered. While that service is away, all is as it was.
/// </summary>
static class FollowParticipants
{
    public static IServiceCollection AddParticipants(this IServiceCollection services, TicketTable tickets) => services
        .AddFeedReader("participants", Services.Communication, on => on
            .FromStartAfterRestore(unit => unit.ExecuteAsync("DELETE FROM tickets_replica_participants"))
            .Event<ParticipantJoined>((unit, p, _) => TakeAsync(unit, p))
            .Event<ParticipantLeft>((unit, p, _) => TakeAsync(unit, p))
            .Event<ParticipantRestored>((unit, p, _) => TakeAsync(unit, p))
            .Event<ParticipantChanged>((unit, p, _) => TakeAsync(unit, p))
            .Event<ParticipantImported>((unit, p, _) => TakeAsync(unit, p)))
        .AddFeedReader("answers", Services.Communication, on => on.Event<MessagePosted>((unit, message, _) => AnsweredAsync(unit, message, tickets)));

    static Task<int> TakeAsync(UnitOfWork unit, ParticipantState p) => unit.ExecuteAsync(
        """
        INSERT INTO tickets_replica_participants (ticket_id, user_id, role, is_live, is_removed) VALUES (@TicketId, @UserId, @role, @live, @removed)
        ON CONFLICT (ticket_id, user_id) DO UPDATE SET role = excluded.role, is_live = excluded.is_live, is_removed = excluded.is_removed
        """,
        new { p.TicketId, p.UserId, role = System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(p.RoleInTicket.ToString()), live = p.LeftAt is null, removed = p is { LeftAt: not null, RemovedBy: not null } });

    /// <summary>Row 7 of the lifecycle: the reply clears the flag. What an action says in the chat is no reply.</summary>
    static async Task AnsweredAsync(UnitOfWork unit, MessagePosted message, TicketTable tickets)
    {
        if (message.IsSystem)
        {
            return;
        }

        var ticket = await TicketTable.Rows.FindAsync(
            unit,
            // Not what was written before the question.
            "WHERE r.id = @TicketId AND r.awaiting_requester AND r.requester_id = @SenderId AND r.updated_at <= @CreatedAt AND NOT r.is_deleted FOR UPDATE",
            new { message.TicketId, message.SenderId, message.CreatedAt });
        if (ticket is not null)
        {
            await tickets.SaveAsync<TicketClarified>(unit, ticket, ticket with { AwaitingRequester = false });
        }
    }
}
