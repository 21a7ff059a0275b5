using System.Text.Json;
using Dapper;
using Hdms.Contracts;
using Hdms.Tickets.Tickets;
using Npgsql;

namespace Hdms.Tickets.Tests.Walks;

/// <summary>What the database holds of a ticket: its row, its events, and what hangs on it.</summary>
sealed record Held(string Row, Ticket Ticket, IReadOnlyList<HeldEvent> Events, long PendingApprovals, Guid[] Turns, string[] PendingRequests, long OpenSubTickets)
{
    public long Version => Ticket.Version;

    /// <summary>The row but for what every change changes, and for what can be undone.</summary>
    public string RowButVersion => JsonSerializer.Serialize(
        JsonSerializer.Deserialize<SortedDictionary<string, JsonElement>>(Row)!.Where(m => m.Key is not ("version" or "updated_at") && !m.Key.StartsWith("undo_", StringComparison.Ordinal)));

    /// <param name="earlier">The same ticket before: of the events only later ones are read.</param>
    public static async Task<Held> ReadAsync(NpgsqlConnection database, Guid id, Held? earlier = null)
    {
        var found = await database.QuerySingleAsync<(string Row, string Events, long PendingApprovals, Guid[] Turns, string[] PendingRequests, long OpenSubTickets)>(
            """
            SELECT row_to_json(t)::text,
              (SELECT coalesce(json_agg(json_build_object('type', e.type, 'version', e.stream_version, 'data', e.data) ORDER BY e.stream_version), '[]')::text
               FROM tickets_events AS e WHERE e.stream_id = t.id AND e.stream_version > @seen),
              (SELECT count(*) FROM approvals AS a WHERE a.ticket_id = t.id AND a.status = 'pending'),
              ARRAY(SELECT a.approver_id FROM approvals AS a WHERE a.ticket_id = t.id AND a.status = 'pending' AND a.active_at IS NOT NULL),
              ARRAY(SELECT r.kind FROM ticket_requests AS r WHERE r.ticket_id = t.id AND r.status = 'pending'),
              (SELECT count(*) FROM sub_tickets AS s WHERE s.parent_ticket_id = t.id AND s.status <> 'closed')
            FROM tickets AS t WHERE t.id = @id
            """,
            new { id, seen = earlier?.Version ?? 0 });
        var later = JsonSerializer.Deserialize<HeldEvent[]>(found.Events, Json.Tolerant)!;
        return new Held(
            found.Row, JsonSerializer.Deserialize<Ticket>(found.Row, Json.Tolerant)!, [.. earlier?.Events ?? [], .. later],
            found.PendingApprovals, found.Turns, found.PendingRequests, found.OpenSubTickets);
    }
}

/// <summary>An event that gave a ticket a version; every one carries the whole ticket.</summary>
sealed record HeldEvent(string Type, long Version, JsonElement Data)
{
    public Ticket Ticket { get; } = Data.Deserialize<Ticket>(Json.Tolerant)! with { Version = Version };
}
