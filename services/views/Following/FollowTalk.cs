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
        .Every<MessageState>(SayAsync)
        .Every<ParticipantState>((unit, p, _) => TakePartAsync(unit, p));

    static async Task SayAsync(UnitOfWork unit, MessageState m, FeedEvent e)
    {
        await OneWriter.HoldAsync(unit);
        var before = await unit.FindAsync<(bool IsDeleted, long Version)?>("SELECT is_deleted, version FROM view_messages WHERE id = @Id", new { m.Id });
        if (before?.Version >= e.Streamversion)
        {
            return;
        }

        var message = m.IsDeleted ? "" : m.Message;
        await unit.ExecuteAsync(
            """
            INSERT INTO view_messages (id, ticket_id, number, sender_id, message, is_deleted, created_at, updated_at, version)
            VALUES (@Id, @TicketId, @Number, @SenderId, @message, @IsDeleted, @CreatedAt, @UpdatedAt, @Streamversion)
            ON CONFLICT (id) DO UPDATE SET message = excluded.message, is_deleted = excluded.is_deleted, updated_at = excluded.updated_at, version = excluded.version
            """,
            new { m.Id, m.TicketId, m.Number, m.SenderId, message, m.IsDeleted, m.CreatedAt, m.UpdatedAt, e.Streamversion });
        var more = (m.IsDeleted ? 0 : 1) - (before is { IsDeleted: false } ? 1 : 0);
        await unit.ExecuteAsync(
            "UPDATE view_tickets SET messages = messages + @more, last_activity_at = greatest(last_activity_at, @UpdatedAt) WHERE id = @TicketId",
            new { m.TicketId, m.UpdatedAt, more });
    }

    static Task<int> TakePartAsync(UnitOfWork unit, ParticipantState p) => unit.ExecuteAsync(
        """
        INSERT INTO view_participants (ticket_id, user_id, role, is_live, is_removed, visible_from, last_read_message_id)
        VALUES (@TicketId, @UserId, @role, @live, @removed, @VisibleFrom, @LastReadMessageId)
        ON CONFLICT (ticket_id, user_id) DO UPDATE SET
            role = excluded.role, is_live = excluded.is_live, is_removed = excluded.is_removed, visible_from = excluded.visible_from,
            last_read_message_id = excluded.last_read_message_id
        """,
        new
        {
            p.TicketId,
            p.UserId,
            role = p.RoleInTicket.Word(),
            live = p.LeftAt is null && !p.IsDeleted,
            removed = p is { LeftAt: not null, RemovedBy: not null },
            p.VisibleFrom,
            p.LastReadMessageId,
        });
}
