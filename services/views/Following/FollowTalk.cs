using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Feeds;

namespace Hdms.Views.Following;

/// <summary>Keeps what was said, for searching and counting, and who takes part in which ticket, by the communication service's feed.</summary>
static class FollowTalk
{
    public static void Handle(FeedHandlers on) => on
        .FromStartAfterRestore(async unit =>
        {
            await OneWriter.HoldAsync(unit);
            await unit.ExecuteAsync(
                """
                DELETE FROM view_messages;
                DELETE FROM view_participants;
                UPDATE view_tickets SET messages = 0, last_activity_at = updated_at WHERE messages > 0 OR last_activity_at > updated_at
                """);
        })
        .EveryTogether<MessageState>(SayAsync)
        .EveryTogether<ParticipantState>(TakePartAsync);

    /// <summary>Of a message of which more was heard at once, the last; of what is known already, nothing.</summary>
    static async Task SayAsync(UnitOfWork unit, IReadOnlyList<(MessageState State, FeedEvent Event)> heard)
    {
        await OneWriter.HoldAsync(unit);
        var said = heard.GroupBy(h => h.State.Id).Select(g => g.MaxBy(h => h.Event.Streamversion)).ToList();
        await unit.ExecuteAsync(
            """
            WITH heard AS (
                   SELECT * FROM unnest(@ids, @tickets, @numbers, @senders, @texts, @deleted, @created, @updated, @versions)
                     AS h (id, ticket_id, number, sender_id, message, is_deleted, created_at, updated_at, version)),
                 news AS MATERIALIZED (
                   SELECT h.*, (NOT h.is_deleted)::int - coalesce((NOT m.is_deleted)::int, 0) AS more
                   FROM heard AS h LEFT JOIN view_messages AS m ON m.id = h.id WHERE m.id IS NULL OR m.version < h.version),
                 kept AS (
                   INSERT INTO view_messages (id, ticket_id, number, sender_id, message, is_deleted, created_at, updated_at, version)
                   SELECT id, ticket_id, number, sender_id, message, is_deleted, created_at, updated_at, version FROM news
                   ON CONFLICT (id) DO UPDATE SET message = excluded.message, is_deleted = excluded.is_deleted, updated_at = excluded.updated_at, version = excluded.version)
            UPDATE view_tickets AS t SET messages = t.messages + n.more, last_activity_at = greatest(t.last_activity_at, n.updated_at)
            FROM (SELECT ticket_id, sum(more)::int AS more, max(updated_at) AS updated_at FROM news GROUP BY ticket_id) AS n
            WHERE t.id = n.ticket_id
            """,
            new
            {
                ids = said.ConvertAll(m => m.State.Id),
                tickets = said.ConvertAll(m => m.State.TicketId),
                numbers = said.ConvertAll(m => m.State.Number),
                senders = said.ConvertAll(m => m.State.SenderId),
                texts = said.ConvertAll(m => m.State.IsDeleted ? "" : m.State.Message),
                deleted = said.ConvertAll(m => m.State.IsDeleted),
                created = said.ConvertAll(m => m.State.CreatedAt),
                updated = said.ConvertAll(m => m.State.UpdatedAt),
                versions = said.ConvertAll(m => m.Event.Streamversion),
            });
    }

    static Task<int> TakePartAsync(UnitOfWork unit, IReadOnlyList<(ParticipantState State, FeedEvent Event)> heard)
    {
        var last = heard.Select(h => h.State).GroupBy(p => (p.TicketId, p.UserId)).Select(g => g.Last()).ToList();
        return unit.ExecuteAsync(
            """
            INSERT INTO view_participants (ticket_id, user_id, role, is_live, is_removed, visible_from, last_read_message_id)
            SELECT * FROM unnest(@tickets, @people, @roles, @live, @removed, @from, @read)
            ON CONFLICT (ticket_id, user_id) DO UPDATE SET
                role = excluded.role, is_live = excluded.is_live, is_removed = excluded.is_removed, visible_from = excluded.visible_from,
                last_read_message_id = excluded.last_read_message_id
            """,
            new
            {
                tickets = last.ConvertAll(p => p.TicketId),
                people = last.ConvertAll(p => p.UserId),
                roles = last.ConvertAll(p => p.RoleInTicket.Word()),
                live = last.ConvertAll(p => p.LeftAt is null && !p.IsDeleted),
                removed = last.ConvertAll(p => p is { LeftAt: not null, RemovedBy: not null }),
                from = last.ConvertAll(p => p.VisibleFrom),
                read = last.ConvertAll(p => p.LastReadMessageId),
            });
    }
}
