using System.Globalization;
using System.Text.Json;
using Dapper;
using Hdms.Contracts;
using Hdms.Views.Sight;
using Npgsql;

namespace Hdms.Views.Search;

/// <summary>
/// Looks for words where the caller may read, and nowhere else: a condition that came after the search would tell by the number of hits
/// what it then hides.
/// </summary>
static class Finding
{
    const string Query = "to_tsquery('simple', @words)";
    const string Marks = "StartSel=⟦, StopSel=⟧";

    /// <summary>
    /// What the last word begins is looked for only where the words as they are find few enough to be counted: of a common word it would be
    /// a long list of lists, for hits that nobody gets to. And of words that very many tickets have, an index gives a list as long as
    /// reading it takes; the newest tickets are looked through instead, and the list is asked only where they do not have enough.
    /// </summary>
    public static async Task<SearchAnswer> ReadAsync(NpgsqlConnection connection, Standing standing, string text, string words, int limit, DateTimeOffset now, CancellationToken ct)
    {
        var numbers = Numbers(text, now);
        var (wholeWords, wholeInTitle) = (Words.Whole(text)!, Words.WholeInTitle(text));
        if (standing.SeesAll && numbers.Length == 0 && await LikelyAsync(connection, wholeWords, ct) >= ViewsRules.CommonFrom)
        {
            var newest = await FindAsync(Sql(Newest(standing)), wholeWords, wholeInTitle, ViewsRules.NewestCountedUpTo);
            if (newest.TotalIsCapped)
            {
                return newest;
            }
        }

        var sql = Sql(Branches(standing, numbers.Length > 0));
        var whole = await FindAsync(sql, wholeWords, wholeInTitle, ViewsRules.CountedUpTo);
        return whole.TotalIsCapped ? whole : await FindAsync(sql, words, Words.OnlyInTitle(text), ViewsRules.CountedUpTo);

        async Task<SearchAnswer> FindAsync(string from, string all, string? inTitle, int upTo)
        {
            var args = standing.Args(now);
            args.AddDynamicParams(new
            {
                words = all,
                titleWords = inTitle,
                numbers,
                numberFrom = text.ToUpperInvariant(),
                numberTo = $"{text.ToUpperInvariant()}~",
                limit,
                ranked = upTo + 1,
            });
            var rows = (await connection.QueryAsync<string>(new CommandDefinition(from, args, cancellationToken: ct))).Select(r => JsonSerializer.Deserialize<Found>(r, Json.Tolerant)!).ToList();
            var total = rows is [var first, ..] ? first.Total : 0;
            return new SearchAnswer([.. rows.Select(r => r.Hit())], Math.Min(total, upTo), total > upTo);
        }
    }

    /// <summary>How many tickets have the words, as the planner reckons from its statistics; nothing is read for it.</summary>
    static async Task<double> LikelyAsync(NpgsqlConnection connection, string words, CancellationToken ct)
    {
        var plan = await connection.QuerySingleAsync<string>(new CommandDefinition(
            $"EXPLAIN (FORMAT JSON) SELECT FROM view_tickets AS r WHERE r.words @@ {Query} AND NOT r.is_deleted", new { words }, cancellationToken: ct));
        using var read = JsonDocument.Parse(plan);
        return read.RootElement[0].GetProperty("Plan").GetProperty("Plan Rows").GetDouble();
    }

    /// <summary>Parts are cut out and marked for the hits that are shown alone; that costs more than finding them.</summary>
    static string Sql(IEnumerable<string> branches) =>
        $"""
        WITH found (id, rank, whole, message_id, last_activity_at) AS (
          {string.Join(" UNION ALL ", branches)}
        ), best AS (
          SELECT id, max(rank) AS rank, bool_or(whole) AS whole, (array_agg(message_id ORDER BY rank DESC) FILTER (WHERE message_id IS NOT NULL))[1] AS message_id,
                 max(last_activity_at) AS last_activity_at
          FROM found GROUP BY id
        ), shown AS (
          SELECT b.*, count(*) OVER () AS total FROM best AS b ORDER BY b.rank DESC, b.last_activity_at DESC, b.id LIMIT @limit
        )
        SELECT row_to_json(hit)::text FROM (
          SELECT s.id, r.number, r.status, r.priority, r.updated_at, s.total, s.message_id,
                 ts_headline('simple', translate(r.title, '⟦⟧', '[]'), {Query}, 'HighlightAll=true, {Marks}') AS title,
                 CASE WHEN s.whole AND r.description IS NOT NULL
                      THEN ts_headline('simple', translate(r.description, '⟦⟧', '[]'), {Query}, 'MaxWords=30, MinWords=12, {Marks}') END AS description,
                 ts_headline('simple', translate(m.message, '⟦⟧', '[]'), {Query}, 'MaxWords=30, MinWords=12, {Marks}') AS message
          FROM shown AS s JOIN view_tickets AS r ON r.id = s.id LEFT JOIN view_messages AS m ON m.id = s.message_id
          ORDER BY s.rank DESC, s.last_activity_at DESC, s.id) AS hit
        """;

    const string Draft = "(r.created_by = @me AND r.status = 'draft')";

    // Once, and not for each row, as it would be by a plan that is kept for other words, too.
    const string Once = $"(SELECT {Query})";
    const string Rank = $"ts_rank(r.words, {Once})";

    static IEnumerable<string> Newest(Standing standing)
    {
        foreach (var way in standing.Ways())
        {
            yield return Ticket(
                "true", $"r.words @@ {Once}", Rank, whole: true,
                from: $"(SELECT * FROM view_tickets AS r WHERE {way} AND NOT r.is_deleted ORDER BY r.last_activity_at DESC, r.id DESC LIMIT {ViewsRules.NewestLookedThrough})");
        }

        yield return Ticket(Draft, $"r.words @@ {Query}", Rank, whole: true);
    }

    static IEnumerable<string> Branches(Standing standing, bool withNumbers)
    {
        foreach (var way in standing.Ways(whole: true).Append(Draft))
        {
            yield return Ticket(way, $"r.words @@ {Query}", Rank, whole: true);
        }

        // Of what they see no more of than the title nothing else is looked into.
        if (standing.TeamWay is { } team)
        {
            yield return Ticket(team, "r.words @@ to_tsquery('simple', @titleWords)", "ts_rank(r.words, to_tsquery('simple', @titleWords))", whole: false);
        }

        if (withNumbers)
        {
            foreach (var way in standing.Ways())
            {
                yield return Ticket(way, "r.number = ANY(@numbers)", "1000", whole: false);
                yield return Ticket(way, "r.number ~>=~ @numberFrom AND r.number ~<~ @numberTo", "100", whole: false);
            }
        }

        yield return Messages(standing);
    }

    static string Ticket(string way, string condition, string rank, bool whole, string from = "view_tickets") =>
        $"""
        (SELECT r.id, {rank}::float8, {(whole ? "true" : "false")}, NULL::uuid, r.last_activity_at FROM {from} AS r
         WHERE {condition} AND {way} AND NOT r.is_deleted LIMIT @ranked)
        """;

    /// <summary>Who takes part reads what was written from when on they see it, of the tickets that they still see.</summary>
    static string Messages(Standing standing)
    {
        var (from, may) = standing.ReadsAll
            ? ("view_messages AS m", "")
            : ("view_participants AS p JOIN view_messages AS m ON m.ticket_id = p.ticket_id AND m.created_at >= p.visible_from", "p.user_id = @me AND p.is_live AND ");
        return
            $"""
            (SELECT m.ticket_id, ts_rank(m.words, {Once})::float8, true, m.id, r.last_activity_at
             FROM {from} JOIN view_tickets AS r ON r.id = m.ticket_id AND NOT r.is_deleted AND ({string.Join(" OR ", standing.Ways(whole: true))})
             WHERE {may}m.words @@ {Query} AND NOT m.is_deleted LIMIT @ranked)
            """;
    }

    /// <summary>What may be meant when no more than the end of a number is typed: this year's, and those of the two before.</summary>
    static string[] Numbers(string text, DateTimeOffset now)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return [.. Enumerable.Range(0, 3).Select(back => string.Create(CultureInfo.InvariantCulture, $"HD-{now.Year - back:0000}-{number:0000}"))];
        }

        return text.StartsWith("HD-", StringComparison.OrdinalIgnoreCase) ? [text.ToUpperInvariant()] : [];
    }

    sealed record Found(
        Guid Id, string? Number, TicketStatus Status, Priority Priority, DateTimeOffset UpdatedAt, long Total, Guid? MessageId,
        string Title, string? Description, string? Message)
    {
        public SearchHit Hit()
        {
            var ofDescription = Description?.Contains('⟦', StringComparison.Ordinal) == true;
            var ofMessage = !ofDescription && Message?.Contains('⟦', StringComparison.Ordinal) == true;
            return new SearchHit(
                Id, Number, Title, ofDescription ? Description : ofMessage ? Message : null, ofMessage ? MessageId : null, Status, Priority, UpdatedAt);
        }
    }
}
