using System.Globalization;
using System.Text.RegularExpressions;
using Dapper;
using Hdms.Contracts;
using Hdms.Views.Sight;

namespace Hdms.Views.Board;

/// <summary>
/// How many of each tab somebody sees. Nothing is counted further than it is shown: each status, and what is the caller's own, by an index
/// and up to a limit, so that a million tickets cost what a thousand do.
/// </summary>
static class TabCounts
{
    // Written out: a limit that is a parameter makes the server plan anew each time, which takes longer than counting.
    static readonly string CountTo = (ViewsRules.CountedUpTo + 1).ToString(CultureInfo.InvariantCulture);

    static readonly BoardTab[] Personal = [BoardTab.MyReviews, BoardTab.ToAcknowledge, BoardTab.ToStart, BoardTab.Mine, BoardTab.Drafts];

    /// <summary>Two result sets: of each status, and of each tab that is more than statuses.</summary>
    public static string Sql(Standing standing) =>
        $"""
        SELECT asked.status, ({OfStatusSql(standing)}) AS count
        FROM unnest(ARRAY[{string.Join(", ", Enum.GetValues<TicketStatus>().Where(s => s != TicketStatus.Draft).Select(s => $"'{s.Word()}'"))}]) AS asked (status);

        {PlannedOnce(string.Join(" UNION ALL ", Personal.Select(OfTabSql).Append(CountSql(BoardTab.WaitingForMe, $"{Tabs.WaitingForMeIds} LIMIT {CountTo}")).Append(AttentionSql(standing))))}
        """;

    public static async Task<IReadOnlyList<TabCount>> ReadAsync(SqlMapper.GridReader results, Standing standing)
    {
        var statuses = (await results.ReadAsync<(string Status, long Count)>()).ToDictionary(s => s.Status, s => s.Count, StringComparer.Ordinal);
        var others = (await results.ReadAsync<(string Tab, long Count)>()).ToDictionary(t => t.Tab, t => t.Count, StringComparer.Ordinal);
        return
        [
            .. Enum.GetValues<BoardTab>().Select(tab =>
            {
                var count = tab switch
                {
                    // Only moderators review; whoever is none any more may not see what they once took up.
                    BoardTab.MyReviews when !standing.SeesAll => 0,
                    BoardTab.All => statuses.Values.Sum(),
                    _ when others.TryGetValue(tab.Word(), out var own) => own,
                    _ => Tabs.Statuses(tab)!.Sum(s => statuses[s.Word()]),
                };
                return new TabCount(tab, (int)Math.Min(count, ViewsRules.CountedUpTo), count > ViewsRules.CountedUpTo);
            }),
        ];
    }

    /// <summary>
    /// The same, without the planner seeing whose it is: so many small questions take longer to plan than to answer, and one by one they are answered
    /// in the same way for everybody. A plan of its own for each value would never be the cheaper one, so the server keeps the first
    /// (PostgreSQL manual, PREPARE, Notes).
    /// </summary>
    static string PlannedOnce(string sql) => Regex.Replace(
        sql,
        "@(?<value>me|headOf|now|attentionBefore|standsInFor|teams|watches|removedFrom)(::uuid)?\\b",
        m => $"(SELECT @{m.Groups["value"].Value})::{TypeOf(m.Groups["value"].Value)}",
        RegexOptions.ExplicitCapture,
        TimeSpan.FromSeconds(1));

    static string TypeOf(string value) => value switch
    {
        "me" or "headOf" => "uuid",
        "now" or "attentionBefore" => "timestamptz",
        _ => "uuid[]",
    };

    static string OfStatusSql(Standing standing)
    {
        // The order is the index's, and named lest the table be read from its beginning until enough are found.
        var ways = standing.Ways().Select(way =>
            $"(SELECT r.id FROM view_tickets AS r WHERE r.status = asked.status AND {way} AND NOT r.is_deleted ORDER BY r.last_activity_at DESC, r.id DESC LIMIT {CountTo})").ToList();
        return ways is [var only]
            ? $"SELECT count(*) FROM {only} AS seen"
            : $"SELECT count(*) FROM (SELECT DISTINCT id FROM ({string.Join(" UNION ALL ", ways)}) AS seen LIMIT {CountTo}) AS counted";
    }

    static string OfTabSql(BoardTab tab)
    {
        var statuses = Tabs.Statuses(tab)!;
        var status = statuses.Count == 1 ? $"r.status = '{statuses[0].Word()}'" : $"r.status IN ({string.Join(", ", statuses.Select(s => $"'{s.Word()}'"))})";
        return CountSql(tab, $"SELECT FROM view_tickets AS r WHERE {status} AND {Tabs.Sql(tab, seesAll: false)} AND NOT r.is_deleted LIMIT {CountTo}");
    }

    static string AttentionSql(Standing standing)
    {
        var each = standing.SeesAll
            ? Tabs.AttentionIds
            : standing.Ways().Select(way => $"SELECT r.id FROM view_tickets AS r WHERE {way} AND {Tabs.AttentionSql} AND NOT r.is_deleted");
        return CountSql(BoardTab.Attention, $"SELECT DISTINCT id FROM ({string.Join(" UNION ALL ", each.Select(e => $"({e} LIMIT {CountTo})"))}) AS found LIMIT {CountTo}");
    }

    static string CountSql(BoardTab tab, string rows) => $"SELECT '{tab.Word()}' AS tab, (SELECT count(*) FROM ({rows}) AS counted) AS count";
}
