using System.Text.Json;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Tickets.Lifecycle;
using Hdms.Tickets.Tickets;

namespace Hdms.Tickets.History;

/// <summary>A ticket as it was: every event carries the whole of it, so the last one before tells.</summary>
sealed class TicketPast(ServiceDatabase database, EventReader events)
{
    /// <summary>The ticket at that time, before the same caller; null when there was none that they may see.</summary>
    public async Task<Situation?> AtAsync(Situation now, DateTimeOffset then, CancellationToken ct)
    {
        var found = await database.ReadAsync(connection => events.QueryAsync(
            connection,
            """
            SELECT * FROM tickets_events
            WHERE stream_id = @Id AND stream_version IS NOT NULL AND occurred_at <= @then
            ORDER BY stream_version DESC LIMIT 1
            """,
            new { now.Ticket.Id, then },
            ct), ct);
        if (found.Count == 0)
        {
            return null;
        }

        var ticket = found[0].Data.Deserialize<Ticket>(Json.Tolerant)! with { Version = found[0].StreamVersion!.Value };
        var situation = new Situation(ticket, now.Caller, now.Standing, now.Rules, then);
        return situation.Sight == Sight.Nothing ? null : situation;
    }
}
