using System.Globalization;
using Dapper;
using Hdms.Contracts;
using Hdms.Views.Board;
using Npgsql;

namespace Hdms.Views.Dashboard;

/// <summary>Reads the figures of a scope, in one round trip.</summary>
static class Figures
{
    const int TrendDays = 30;
    const int WithinDays = 30;

    static readonly (string Label, int? From, int? To)[] Ages =
        [("under_1_day", null, 1), ("1_to_3_days", 1, 3), ("3_to_7_days", 3, 7), ("7_to_30_days", 7, 30), ("over_30_days", 30, null)];

    public static async Task<DashboardView> ReadAsync(NpgsqlConnection connection, Scope scope, ViewsRules rules, DateTimeOffset now, CancellationToken ct)
    {
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, rules.TimeZone).DateTime);
        DateTimeOffset Midnight(DateOnly day) => new(TimeZoneInfo.ConvertTimeToUtc(day.ToDateTime(TimeOnly.MinValue), rules.TimeZone), TimeSpan.Zero);
        var (dayBegin, dayEnd) = (Midnight(today), Midnight(today.AddDays(1)));
        var args = new DynamicParameters(new
        {
            scope.Department,
            scope.Person,
            now,
            attentionBefore = now - ViewsRules.AttentionAfter,
            dayBegin,
            dayEnd,
            notOver = Tabs.NotOver.Select(s => s.Word()).ToArray(),
            trendFrom = Midnight(today.AddDays(1 - TrendDays)),
            zone = rules.TimeZone.Id,
            within = now.AddDays(-WithinDays),
            week = now.AddDays(-7),
        });
        await using var results = await connection.QueryMultipleAsync(new CommandDefinition(Sql(scope), args, cancellationToken: ct));
        var open = (await results.ReadAsync<Open>()).ToList();
        var trend = (await results.ReadAsync<(DateTime Day, int Submitted, int Resolved, int Breached)>()).ToDictionary(d => DateOnly.FromDateTime(d.Day));
        var done = await results.ReadSingleAsync<Done>();
        var workload = scope.IsPersonal ? [] : (await results.ReadAsync<WorkloadRow>()).Select(w => w.Load()).ToList();
        string Of(string query) => $"{query}{scope.Query}";
        return new DashboardView(
            [
                new("open", open.Sum(o => o.Count), Of("tab=open")),
                new("overdue", open.Sum(o => o.Overdue), Of("tab=open&breached=true")),
                new("due_today", open.Sum(o => o.DueToday), Of($"tab=open&due_from={Text(dayBegin)}&due_to={Text(dayEnd)}")),
                new("attention", open.Sum(o => o.Attention), Of("tab=attention")),
                new("new", Count(TicketStatus.Submitted) + Count(TicketStatus.Pending), Of("tab=new")),
                new("sla_met_percent", done.Judged == 0 ? null : Math.Round(100.0 * done.Met / done.Judged, 1), null),
                new("resolved_7_days", done.ResolvedInWeek, Of($"resolved_from={Text(now.AddDays(-7))}")),
                new("hours_to_resolve", done.Hours is { } hours ? Math.Round(hours, 1) : null, null),
            ],
            [.. Enumerable.Range(0, TrendDays).Select(n => DayOf(today.AddDays(n + 1 - TrendDays)))],
            [
                .. Ages.Select((age, i) => new DashboardBar(
                    age.Label, open.Sum(o => o.Ages[i]),
                    Of($"tab=open{(age.To is { } to ? $"&submitted_from={Text(now.AddDays(-to))}" : "")}{(age.From is { } from ? $"&submitted_to={Text(now.AddDays(-from))}" : "")}"))),
            ],
            [.. Tabs.NotOver.Select(s => new DashboardBar(s.Word(), Count(s), Of($"status={s.Word()}")))],
            [.. Enum.GetValues<Priority>().Select(p => new DashboardBar(p.Word(), open.Where(o => o.Priority == p.Word()).Sum(o => o.Count), Of($"tab=open&priority={p.Word()}")))],
            workload,
            now);

        DashboardDay DayOf(DateOnly day)
        {
            var (_, submitted, resolved, breached) = trend.GetValueOrDefault(day);
            var (from, to) = (Text(Midnight(day)), Text(Midnight(day.AddDays(1))));
            return new DashboardDay(day, submitted, resolved, breached)
            {
                SubmittedQuery = Of($"tab=all&submitted_from={from}&submitted_to={to}"),
                ResolvedQuery = Of($"tab=all&resolved_from={from}&resolved_to={to}"),
                BreachedQuery = Of($"tab=all&overdue_from={from}&overdue_to={to}"),
            };
        }

        int Count(TicketStatus status) => open.Where(o => o.Status == status.Word()).Sum(o => o.Count);
    }

    /// <summary>In a query, where a plus would be a space.</summary>
    static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    static string Sql(Scope scope) =>
        $"""
        SELECT r.status, r.priority, count(*)::int AS count,
               (count(*) FILTER (WHERE {Tabs.OverdueSql}))::int AS overdue,
               (count(*) FILTER (WHERE r.due_at >= @dayBegin AND r.due_at < @dayEnd))::int AS due_today,
               (count(*) FILTER (WHERE {Tabs.AttentionSql}))::int AS attention,
               ARRAY[{string.Join(", ", Ages.Select(a => $"(count(*) FILTER (WHERE {Age(a.From, a.To)}))::int"))}] AS ages
        FROM view_tickets AS r WHERE r.status = ANY(@notOver) AND NOT r.is_deleted AND {scope.Sql} GROUP BY r.status, r.priority;

        SELECT (happened_at AT TIME ZONE @zone)::date AS day, sum(submitted)::int, sum(resolved)::int, sum(breached)::int
        FROM (
          SELECT r.submitted_order AS happened_at, 1 AS submitted, 0 AS resolved, 0 AS breached FROM view_tickets AS r
          WHERE r.submitted_order >= @trendFrom AND r.submitted_order < @dayEnd AND r.status <> 'draft' AND NOT r.is_deleted AND {scope.Sql}
          UNION ALL
          SELECT r.resolved_at, 0, 1, 0 FROM view_tickets AS r WHERE r.resolved_at >= @trendFrom AND NOT r.is_deleted AND {scope.Sql}
          UNION ALL
          SELECT r.due_order, 0, 0, 1 FROM view_tickets AS r
          WHERE r.due_order >= @trendFrom AND {Tabs.BecameOverdueSql} AND r.status <> 'draft' AND NOT r.is_deleted AND {scope.Sql}) AS happened
        GROUP BY 1;

        SELECT (count(*) FILTER (WHERE {Outcome} = 'met'))::int AS met, count({Outcome})::int AS judged,
               (count(*) FILTER (WHERE r.resolved_at >= @week))::int AS resolved_in_week,
               percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM r.resolved_at - r.submitted_at)::float8 / 3600) AS hours
        FROM view_tickets AS r WHERE r.resolved_at >= @within AND NOT r.is_deleted AND {scope.Sql};

        {(scope.IsPersonal ? "" : Workload.Sql(scope))}
        """;

    /// <summary>What no clock has judged is judged by its due time.</summary>
    const string Outcome = "coalesce(r.sla_outcome, CASE WHEN r.resolved_at <= r.due_at THEN 'met' WHEN r.resolved_at > r.due_at THEN 'breached' END)";

    static string Age(int? from, int? to) =>
        $"r.submitted_at {(from is null ? "IS NOT NULL" : $"< @now - interval '{from} days'")}{(to is null ? "" : $" AND r.submitted_at >= @now - interval '{to} days'")}";

    sealed record Open
    {
        public string Status { get; init; } = "";

        public string Priority { get; init; } = "";

        public int Count { get; init; }

        public int Overdue { get; init; }

        public int DueToday { get; init; }

        public int Attention { get; init; }

        public int[] Ages { get; init; } = [];
    }

    sealed record Done
    {
        public int Met { get; init; }

        public int Judged { get; init; }

        public int ResolvedInWeek { get; init; }

        public double? Hours { get; init; }
    }
}
