using Hdms.Contracts;
using Hdms.Kit.Database;

namespace Hdms.Communication.Notifications;

/// <summary>What somebody is to be told.</summary>
/// <param name="To">Whom; the actor, those who are gone and those who want none of it are left out.</param>
/// <param name="Key">What it was caused by, as an event's id: told again, it is not made again.</param>
/// <param name="At">When that was.</param>
sealed record Told(IEnumerable<Guid> To, NotificationType Type, string Title, string Message, NotificationFacts Facts, Guid? Ticket, string Key, DateTimeOffset At)
{
    /// <summary>Says it in the place of one that was told within this time, and is unread, about the same thing.</summary>
    public TimeSpan? Together { get; init; }
}

/// <summary>Makes notifications: never to the actor, once for each cause, and as their owner wants them.</summary>
static class Notifier
{
    public static async Task TellAsync(UnitOfWork unit, Told told)
    {
        var wanted = await WantedAsync(unit, [.. told.To.Where(u => u != told.Facts.ActorId).Distinct()], told.Type);
        if (told.Together is { } together)
        {
            foreach (var user in wanted.Keys.Order().ToList())
            {
                if (await SaidInsteadAsync(unit, user, told, together))
                {
                    wanted.Remove(user);
                }
            }
        }

        if (wanted.Count > 0)
        {
            await NotificationTable.InsertAsync(unit, [.. wanted.Select(w => Row(w.Key, w.Value, told))]);
        }
    }

    /// <summary>Those of these people who are there and want to be told, and how.</summary>
    static async Task<Dictionary<Guid, NotificationMode>> WantedAsync(UnitOfWork unit, Guid[] users, NotificationType type)
    {
        if (users.Length == 0)
        {
            return [];
        }

        var found = await unit.QueryAsync<(Guid User, string Mode)>(
            """
            SELECT u.id, coalesce(p.mode, 'instant')
            FROM unnest(@users) AS u (id)
            LEFT JOIN communication_replica_users AS r ON r.id = u.id
            LEFT JOIN notification_preferences AS p ON p.user_id = u.id AND p.type = @type AND p.channel = 'in_app' AND NOT p.is_deleted
            WHERE coalesce(r.is_active AND NOT r.is_deleted, true) AND coalesce(p.mode, 'instant') <> 'off'
            """,
            new { users, type = type.Word() });
        return found.ToDictionary(f => f.User, f => f.Mode == "digest" ? NotificationMode.Digest : NotificationMode.Instant);
    }

    static async Task<bool> SaidInsteadAsync(UnitOfWork unit, Guid user, Told told, TimeSpan together)
    {
        var earlier = await NotificationTable.Rows.FindAsync(
            unit,
            """
            WHERE r.user_id = @user AND r.ticket_id = @Ticket AND r.type = @type AND NOT r.is_read AND NOT r.is_deleted
              AND r.metadata ->> 'cause' = @Cause AND r.created_at > @since
            ORDER BY r.created_at DESC LIMIT 1 FOR UPDATE
            """,
            new { user, told.Ticket, type = told.Type.Word(), told.Facts.Cause, since = told.At - together });
        if (earlier is null)
        {
            return false;
        }

        if (earlier.Message != told.Message || earlier.Metadata != told.Facts)
        {
            await NotificationTable.SaveAsync<NotificationUpdated>(unit, earlier, earlier with { Title = Cut(told.Title, 200), Message = Cut(told.Message, 2000), Metadata = told.Facts });
        }

        return true;
    }

    static Notification Row(Guid user, NotificationMode mode, Told told) => new()
    {
        Id = Guid.CreateVersion7(told.At),
        UserId = user,
        TicketId = told.Ticket,
        Type = told.Type,
        Title = Cut(told.Title, 200),
        Message = Cut(told.Message, 2000),
        Metadata = told.Facts,
        IsQuiet = mode == NotificationMode.Digest,
        DedupKey = $"{told.Type.Word()}:{told.Key}",
        CreatedAt = told.At,
        UpdatedAt = told.At,
        Version = 1,
    };

    /// <summary>Never through the middle of a character that takes two places.</summary>
    static string Cut(string text, int most) =>
        text.Length <= most ? text : $"{text[..(char.IsHighSurrogate(text[most - 2]) ? most - 2 : most - 1)]}…";
}
