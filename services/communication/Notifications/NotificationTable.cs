using System.Text.Json;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Rebuild;

namespace Hdms.Communication.Notifications;

/// <summary>A notification, as the row says.</summary>
sealed record Notification : NotificationState
{
    public long Version { get; init; }
}

/// <summary>Reads and writes rows of <c>notifications</c>; every write appends the event that tells of it.</summary>
static class NotificationTable
{
    public static readonly Table<Notification> Rows = new("notifications");

    /// <summary>Every event of one has the whole row.</summary>
    public static readonly StateTable FromEvents = StateTable.Of("notifications", Rows, Stream).Whole<NotificationState>();

    /// <summary>Writes those that are not there yet; of one person there is one for each dedup key.</summary>
    public static async Task InsertAsync(UnitOfWork unit, IReadOnlyList<Notification> rows)
    {
        var added = (await unit.QueryAsync<Guid>(
            """
            INSERT INTO notifications
            SELECT n.* FROM jsonb_populate_recordset(NULL::notifications, @rows::jsonb) AS n
            ON CONFLICT (user_id, dedup_key) DO NOTHING
            RETURNING id
            """,
            new { rows = JsonSerializer.Serialize(rows, Json.Tolerant) })).ToHashSet();
        foreach (var row in rows.Where(r => added.Contains(r.Id)))
        {
            await unit.AppendAsync(new EventStream(row.Id, 0), Whole<NotificationState>.As<NotificationCreated>(row));
        }
    }

    /// <summary>Writes <paramref name="after"/> over the locked row and tells of it as a <typeparamref name="T"/>.</summary>
    public static async Task<Notification> SaveAsync<T>(UnitOfWork unit, Notification before, Notification after)
        where T : NotificationState, new()
    {
        var row = after with { UpdatedAt = unit.Now, Version = before.Version + 1 };
        await Rows.UpdateAsync(unit, row);
        await unit.AppendAsync(Stream(before), Whole<NotificationState>.As<T>(row));
        return row;
    }

    public static Task<Notification> ReadAsync(UnitOfWork unit, Notification unread, DateTimeOffset at) =>
        SaveAsync<NotificationRead>(unit, unread, unread with { IsRead = true, ReadAt = at });

    /// <summary>Reads what is unread of somebody, the oldest first.</summary>
    /// <returns>How many that were.</returns>
    public static async Task<int> ReadAllAsync(UnitOfWork unit, Guid user, int most)
    {
        var unread = await Rows.QueryAsync(
            unit, "WHERE r.user_id = @user AND NOT r.is_read AND NOT r.is_deleted ORDER BY r.created_at, r.id LIMIT @most FOR UPDATE", new { user, most });
        foreach (var one in unread)
        {
            await ReadAsync(unit, one, unit.Now);
        }

        return unread.Count;
    }

    /// <summary>Whoever has read a ticket's messages has heard of them.</summary>
    public static async Task ReadMessagesAsync(UnitOfWork unit, Guid user, Guid ticket, DateTimeOffset until)
    {
        foreach (var one in await Rows.QueryAsync(
            unit,
            """
            WHERE r.user_id = @user AND r.ticket_id = @ticket AND NOT r.is_read AND NOT r.is_deleted
              AND r.type IN ('message_received', 'ticket_mentioned') AND r.created_at <= @until
            ORDER BY r.id FOR UPDATE
            """,
            new { user, ticket, until }))
        {
            await ReadAsync(unit, one, unit.Now);
        }
    }

    static EventStream Stream(Notification row) => new(row.Id, row.Version) { Imported = () => Whole<NotificationState>.As<NotificationImported>(row) };
}
