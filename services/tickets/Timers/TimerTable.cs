using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Tickets.Tickets;
using Npgsql;

namespace Hdms.Tickets.Timers;

/// <summary>The timers' rows. Only what a change of the ticket changes is written.</summary>
static class TimerTable
{
    /// <summary>Those that are due by <paramref name="now"/>, the earliest first.</summary>
    /// <param name="aside">Whose are left for later.</param>
    public static async Task<IReadOnlyList<DueTimer>> DueAsync(NpgsqlConnection connection, DateTimeOffset now, int atMost, IEnumerable<Guid> aside, CancellationToken ct) =>
        (await connection.QueryAsync<DueTimer>(new CommandDefinition(
            """
            SELECT subject_id, kind, due_at, fired FROM ticket_timers
            WHERE due_at <= @now AND NOT (subject_id = ANY(@aside))
            ORDER BY due_at, subject_id LIMIT @atMost
            """,
            new { now, atMost, aside = aside.ToArray() },
            cancellationToken: ct))).AsList();

    public static void Plan(UnitOfWork unit, Ticket? before, Ticket after, TicketRules rules)
    {
        var old = TimerPlan.Of(before, rules);
        var now = TimerPlan.Of(after, rules);
        var set = now.Where(t => !old.TryGetValue(t.Key, out var at) || at != t.Value).ToArray();
        var gone = old.Keys.Except(now.Keys).ToArray();
        if (set.Length + gone.Length == 0)
        {
            return;
        }

        unit.ExecuteAtCommit(
            """
            WITH gone AS (DELETE FROM ticket_timers WHERE subject_id = $1 AND kind = ANY($2))
            INSERT INTO ticket_timers (subject_id, kind, due_at)
            SELECT $1, kind, due_at FROM unnest($3, $4) AS t (kind, due_at)
            ON CONFLICT (subject_id, kind) DO UPDATE SET due_at = excluded.due_at, fired = 0
            """,
            after.Id, gone.Select(k => k.Word()).ToArray(), set.Select(t => t.Key.Word()).ToArray(), set.Select(t => t.Value.ToUniversalTime()).ToArray());
    }
}
