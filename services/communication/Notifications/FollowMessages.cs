using Hdms.Communication.Chat;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Feeds;

namespace Hdms.Communication.Notifications;

/// <summary>
/// Tells of messages, by the service's own feed: so that nobody who writes waits for it. Somebody who has not looked at a ticket since
/// it was told of a message is told nothing more; the count of what is unread goes on by itself.
/// </summary>
static class FollowMessages
{
    public static void Handle(FeedHandlers on) => on
        .Event<MessagePosted>(async (unit, message, e) =>
        {
            await MentionAsync(unit, message, message.Mentions, e);
            if (!message.IsSystem)
            {
                await ReceivedAsync(unit, message, e);
            }
        })
        .Event<MessageEdited>((unit, message, e) => MentionAsync(unit, message, message.NewMentions, e));

    static async Task MentionAsync(UnitOfWork unit, MessageState message, IReadOnlyList<Guid> mentions, FeedEvent e)
    {
        if (mentions.Count > 0)
        {
            // Who was removed in the meantime is told of nothing.
            var live = await unit.QueryAsync<Guid>(
                "SELECT user_id FROM ticket_participants WHERE ticket_id = @TicketId AND user_id = ANY(@ids) AND left_at IS NULL AND NOT is_deleted",
                new { message.TicketId, ids = mentions.ToArray() });
            await TellAsync(unit, message, live, NotificationType.TicketMentioned, "mentions you", e);
        }
    }

    static async Task ReceivedAsync(UnitOfWork unit, MessageState message, FeedEvent e) => await TellAsync(
        unit,
        message,
        await unit.QueryAsync<Guid>(
            """
            SELECT p.user_id FROM ticket_participants AS p
            WHERE p.ticket_id = @TicketId AND p.left_at IS NULL AND NOT p.is_deleted AND NOT p.muted
              AND p.user_id <> @SenderId AND p.user_id <> ALL(@mentions) AND p.visible_from <= @CreatedAt
              AND NOT EXISTS (SELECT FROM notifications AS n WHERE n.user_id = p.user_id AND n.ticket_id = @TicketId AND n.type = 'message_received' AND NOT n.is_read AND NOT n.is_deleted)
            """,
            new { message.TicketId, message.SenderId, message.CreatedAt, mentions = message.Mentions.ToArray() }),
        NotificationType.MessageReceived,
        "has new messages",
        e);

    static async Task TellAsync(UnitOfWork unit, MessageState message, IReadOnlyList<Guid> to, NotificationType type, string says, FeedEvent e)
    {
        if (to.Count == 0)
        {
            return;
        }

        var room = await RoomTable.Rows.FindAsync(unit, "WHERE r.id = @TicketId", new { message.TicketId });
        var title = type == NotificationType.TicketMentioned ? $"A message in {room!.Number} {says}" : $"{room!.Number} {says}";
        var facts = new NotificationFacts(e.Type, message.SenderId, room.Number, MessageId: message.Id);
        // By the ticket's title, not by what was written: that may be taken back, and a notification is kept as it was told.
        await Notifier.TellAsync(unit, new Told(to, type, title, room.Title, facts, message.TicketId, $"{message.Id}", message.UpdatedAt));
    }
}
