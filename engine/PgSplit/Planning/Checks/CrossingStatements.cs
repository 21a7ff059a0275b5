using System.Globalization;
using System.Text.RegularExpressions;
using PgSplit.Catalog;

namespace PgSplit.Planning.Checks;

/// <summary>Statements and transactions that touch both sides (PROTOCOL case 92): after the switch the fence refuses them as a whole.</summary>
static partial class CrossingStatements
{
    const int Most = 20;

    public static async Task CheckAsync(Examination x, CancellationToken ct)
    {
        await StatementsAsync(x, ct);
        await TransactionsAsync(x, ct);
    }

    static async Task StatementsAsync(Examination x, CancellationToken ct)
    {
        var set = x.Tables.Select(t => t.Name.Name).ToHashSet(StringComparer.Ordinal);
        var others = (await UserTables.ReadAsync(x.Source, ct)).Select(t => t.Name.Name).Where(n => !set.Contains(n)).ToHashSet(StringComparer.Ordinal);
        if (await StatementsSeen.ReadAsync(x.Source, ct) is not { } statements)
        {
            x.Note("statements-unseen", "pg_stat_statements", "is not there, so which statements join both sides was not looked at", "CREATE EXTENSION pg_stat_statements, and plan again after a day");
            return;
        }

        var crossing =
            from s in statements
            let words = Word().Matches(s.Text).Select(m => m.Value).ToHashSet(StringComparer.Ordinal)
            let inside = words.Where(set.Contains).Order(StringComparer.Ordinal).ToList()
            let outside = words.Where(others.Contains).Order(StringComparer.Ordinal).ToList()
            where inside.Count > 0 && outside.Count > 0
            select (s.Text, s.Calls, Inside: inside, Outside: outside);
        foreach (var s in crossing.Take(Most))
        {
            x.Warning("statement-crosses", Shorten(s.Text), string.Create(CultureInfo.InvariantCulture, $"touches {Names.Some(s.Inside)}, which moves, and {Names.Some(s.Outside)}, which does not; called {s.Calls} times"),
                "divide it: ask each side for its part");
        }
    }

    static async Task TransactionsAsync(Examination x, CancellationToken ct)
    {
        var now = await x.AskAsync(
            """
            SELECT l.pid, coalesce(a.usename::text, ''), coalesce(a.application_name, ''),
                   array_agg(DISTINCT c.oid::regclass::text) FILTER (WHERE c.oid = ANY ($1)), array_agg(DISTINCT c.oid::regclass::text) FILTER (WHERE c.oid <> ALL ($1))
            FROM pg_locks l JOIN pg_class c ON c.oid = l.relation AND c.relkind IN ('r', 'p') AND c.oid >= 16384 LEFT JOIN pg_stat_activity a ON a.pid = l.pid
            WHERE l.locktype = 'relation' AND l.granted AND l.mode = 'RowExclusiveLock' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
              AND c.relnamespace::regnamespace::text <> 'pgsplit'
            GROUP BY l.pid, a.usename, a.application_name
            HAVING bool_or(c.oid = ANY ($1)) AND bool_or(c.oid <> ALL ($1))
            ORDER BY 1
            """,
            r => (Pid: r.GetInt32(0), Who: $"{r.GetString(1)} {r.GetString(2)}".Trim(), Inside: r.GetFieldValue<string[]>(3), Outside: r.GetFieldValue<string[]>(4)), ct);
        foreach (var t in now)
        {
            x.Warning("transaction-crosses", string.Create(CultureInfo.InvariantCulture, $"pid {t.Pid} ({t.Who})"),
                $"writes {Names.Some([.. t.Inside.Select(Names.Short)])}, which moves, and {Names.Some([.. t.Outside.Select(Names.Short)])}, which does not, in one transaction",
                "divide it in the application: after the switch it is refused as a whole");
        }
    }

    static string Shorten(string text)
    {
        var line = Space().Replace(text, " ").Trim();
        return line.Length <= 120 ? line : line[..119] + "…";
    }

    [GeneratedRegex(@"[\p{L}_][\p{L}\p{N}_$]*", RegexOptions.None, 5000)]
    private static partial Regex Word();

    [GeneratedRegex(@"\s+", RegexOptions.None, 5000)]
    private static partial Regex Space();
}
