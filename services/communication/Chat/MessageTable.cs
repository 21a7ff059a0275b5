using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Problems;
using Hdms.Kit.Rebuild;

namespace Hdms.Communication.Chat;

/// <summary>A message, as the row says.</summary>
sealed record ChatMessage : MessageState
{
    public long Version { get; init; }
}

/// <summary>Reads and writes rows of <c>chat_messages</c>; every write appends the event that tells of it.</summary>
static class MessageTable
{
    public static readonly Table<ChatMessage> Rows = new("chat_messages");

    /// <summary>Every event of one has the whole row.</summary>
    public static readonly StateTable FromEvents = StateTable.Of("chat_messages", Rows, Stream).Whole<MessageState>();

    /// <summary>The next message in the locked chat.</summary>
    public static async Task<ChatMessage> PostAsync(
        UnitOfWork unit, Room room, Guid sender, string text, IReadOnlyList<Guid> mentions, DateTimeOffset at, bool isSystem = false)
    {
        // Whoever has joined in the meantime sees it, though this unit of work began before theirs.
        var (number, joined) = await unit.SingleAsync<(int, DateTime?)>(
            """
            SELECT coalesce((SELECT max(number) FROM chat_messages WHERE ticket_id = @Id), 0) + 1,
                   (SELECT max(visible_from) FROM ticket_participants WHERE ticket_id = @Id AND left_at IS NULL AND NOT is_deleted)
            """,
            new { room.Id });
        if (joined is { } latest && new DateTimeOffset(DateTime.SpecifyKind(latest, DateTimeKind.Utc)) > at)
        {
            at = new DateTimeOffset(DateTime.SpecifyKind(latest, DateTimeKind.Utc));
        }

        var row = new ChatMessage
        {
            Id = Guid.CreateVersion7(at),
            TicketId = room.Id,
            SessionNo = room.Generation,
            Number = number,
            SenderId = sender,
            Message = text,
            Mentions = mentions,
            IsSystem = isSystem,
            CreatedAt = at,
            UpdatedAt = at,
            Version = 1,
        };
        await Rows.InsertAsync(unit, row);
        await unit.AppendAsync(new EventStream(row.Id, 0), Whole<MessageState>.As<MessagePosted>(row));
        return row;
    }

    /// <summary>The message of this locked chat, kept from other writers; what is not seen or was deleted is not there.</summary>
    /// <exception cref="Refusal">404.</exception>
    public static async Task<ChatMessage> LockAsync(UnitOfWork unit, Seat seat, Guid id) =>
        await Rows.FindAsync(unit, "WHERE r.id = @id AND NOT r.is_deleted FOR UPDATE", new { id }) is { } message && seat.Sees(message)
            ? message
            : throw Refusal.NotFound("message");

    public static async Task<ChatMessage> SaveAsync<T>(UnitOfWork unit, ChatMessage before, ChatMessage after, Func<T, T>? with = null)
        where T : MessageState, new()
    {
        var row = after with { UpdatedAt = unit.Now, Version = before.Version + 1 };
        await Rows.UpdateAsync(unit, row);
        var e = Whole<MessageState>.As<T>(row);
        await unit.AppendAsync(Stream(before), with is null ? e : with(e), Audit.Between<MessageState>(before, row));
        return row;
    }

    static EventStream Stream(ChatMessage message) => new(message.Id, message.Version) { Imported = () => Whole<MessageState>.As<MessageImported>(message) };
}
