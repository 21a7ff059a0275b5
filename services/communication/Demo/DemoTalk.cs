using System.Security.Cryptography;
using Hdms.Communication.Chat;
using Hdms.Communication.Notifications;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Communication.Demo;

/// <summary>
/// What the demo organisation says in its tickets of the last sixty days. It is said as each step is heard of, in the same unit of
/// work and by the same code as people's messages: so it is there once, in its place, whatever kills the start half-way, and also in
/// tickets that are closed by now.
/// </summary>
public sealed class DemoTalk(TimeProvider clock)
{
    /// <summary>What happens now is people's own.</summary>
    static readonly TimeSpan Past = TimeSpan.FromMinutes(2);

    static readonly TimeSpan Remembered = TimeSpan.FromDays(3);

    volatile bool _on;

    /// <summary>Lets the demo organisation talk; before the service starts.</summary>
    /// <param name="communicationService">The container of the communication service's application.</param>
    public static void Begin(IServiceProvider communicationService) => communicationService.GetRequiredService<DemoTalk>()._on = true;

    internal async Task AfterAsync(UnitOfWork unit, Room room, TicketState ticket, FeedEvent e)
    {
        // Ids of demo tickets are made of their names (RFC 9562, version 8); everybody else's are of version 7.
        if (!_on || room.Id.Version != 8 || clock.GetUtcNow() - e.Time < Past)
        {
            return;
        }

        // The same at every start: by the ticket, and by which step it is.
        var dice = SHA256.HashData([.. room.Id.ToByteArray(), .. BitConverter.GetBytes(e.Streamversion)]);
        if (room.IsOpen && room.Id.ToByteArray()[0] % 3 != 0 && DemoLines.After(ticket, dice) is { } line && line.By(room) is { } sender)
        {
            await MessageTable.PostAsync(unit, room, sender, line.Text, [], At(e.Time.AddMinutes(1 + (dice[0] % 4))));
        }

        if (clock.GetUtcNow() - e.Time > Remembered)
        {
            foreach (var old in await NotificationTable.Rows.QueryAsync(
                unit, "WHERE r.ticket_id = @Id AND NOT r.is_read AND r.created_at <= @Time ORDER BY r.id FOR UPDATE", new { room.Id, e.Time }))
            {
                await NotificationTable.ReadAsync(unit, old, At(e.Time.AddHours(1)));
            }
        }
    }

    static DateTimeOffset At(DateTimeOffset time) => DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());
}
