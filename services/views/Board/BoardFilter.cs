using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Views.Sight;

namespace Hdms.Views.Board;

/// <summary>
/// A tab and filters as SQL over <c>view_tickets AS r</c>: only what is asked for gets into the statement, so that each combination has a
/// plan of its own.
/// </summary>
sealed class BoardFilter
{
    readonly Conditions _asked = new();
    string[]? _statuses;

    BoardFilter(BoardTab tab) => Tab = tab;

    public BoardTab Tab { get; }

    /// <summary>Nothing but the tab is asked for, so that its count is the total.</summary>
    public bool IsPlain { get; private set; }

    public static BoardFilter Read(BoardQuery query, Caller caller, Checks check)
    {
        var tabs = Filters.Words<BoardTab>(check, "tab", query.Tab);
        check.That("tab", tabs is null or { Length: 1 }, "takes one");
        var tab = check.Ok && tabs is [var word] ? Enum.GetValues<BoardTab>().Single(t => t.Word() == word) : BoardTab.All;
        var filter = new BoardFilter(tab);
        var asked = Filters.Words<TicketStatus>(check, "status", query.Status);
        filter._statuses = Tabs.Statuses(tab) is { } ofTab
            ? [.. ofTab.Select(s => s.Word()).Where(s => asked is null || asked.Contains(s))]
            : asked;
        filter._asked.Add("r.priority = ANY(@priority)", "priority", Filters.Words<Priority>(check, "priority", query.Priority));
        filter._asked.Add("r.category = @category", "category", Conditions.Text(query.Category));
        filter._asked.Add("r.department_id = @department", "department", query.DepartmentId);
        filter._asked.Person("assignee_id", query.AssigneeId, caller, check);
        filter._asked.Person("requester_id", query.RequesterId, caller, check);
        filter._asked.Add("r.tags <> '{}' AND r.tags @> ARRAY[@tag]", "tag", Conditions.Text(query.Tag)?.ToLowerInvariant());
        filter._asked.Add("r.created_at >= @createdFrom", "createdFrom", query.CreatedFrom?.ToUniversalTime());
        filter._asked.Add("r.created_at < @createdTo", "createdTo", query.CreatedTo?.ToUniversalTime());
        filter._asked.Add("r.submitted_at >= @submittedFrom", "submittedFrom", query.SubmittedFrom?.ToUniversalTime());
        filter._asked.Add("r.submitted_at < @submittedTo", "submittedTo", query.SubmittedTo?.ToUniversalTime());
        filter._asked.Add("r.resolved_at >= @resolvedFrom", "resolvedFrom", query.ResolvedFrom?.ToUniversalTime());
        filter._asked.Add("r.resolved_at < @resolvedTo", "resolvedTo", query.ResolvedTo?.ToUniversalTime());
        filter._asked.Add("r.due_at >= @dueFrom", "dueFrom", query.DueFrom?.ToUniversalTime());
        filter._asked.Add("r.due_at < @dueTo", "dueTo", query.DueTo?.ToUniversalTime());
        filter._asked.Add("r.due_order >= @overdueFrom", "overdueFrom", query.OverdueFrom?.ToUniversalTime());
        filter._asked.Add("r.due_order < @overdueTo", "overdueTo", query.OverdueTo?.ToUniversalTime());
        if (query.OverdueFrom is not null || query.OverdueTo is not null)
        {
            filter._asked.Add(Tabs.BecameOverdueSql);
        }

        check.OptionalText("q", query.Q, 100, min: 0);
        if (Conditions.Text(query.Q) is { } words)
        {
            // Title alone: whoever sees no more of a ticket must not learn by trying what else is written in it.
            filter._asked.Add("(r.number = upper(@q) OR r.words @@ to_tsquery('simple', @words))", "q", words);
            filter._asked.Set("words", Words.OfTitle(words) ?? "''");
        }

        if (query.Breached == true)
        {
            filter._asked.Add(Tabs.OverdueSql);
        }

        filter.IsPlain = filter._asked.Sql.Count == 0 && asked is null;
        return filter;
    }

    public DynamicParameters Args(Standing standing, DateTimeOffset now)
    {
        var args = standing.Args(now);
        _asked.AddTo(args);

        args.Add("statuses", _statuses);
        return args;
    }

    /// <summary>
    /// The ids of the first <c>@take</c> in an order, some of them perhaps twice. Each way of seeing a ticket is asked by itself. In the usual
    /// order an index gives each status of it, and no further than so many. In another order an index has all tickets, and one all that are not
    /// over; for who sees but some of them, these are found first and sorted, lest all be read to find a few.
    /// </summary>
    /// <param name="back">Turned round, to go back from a place.</param>
    /// <param name="fromKey">Only what lies behind the place.</param>
    public string FirstSql(Standing standing, BoardOrder order, bool back, bool fromKey) => string.Join(" UNION ALL ", Ways(standing).Select(way =>
    {
        var where = $"{Asked(standing)} AND {way}{(fromKey ? $" AND {order.Behind(back)}" : "")}";
        var first = $"ORDER BY {order.Sql(back)} LIMIT @take";
        if (_asked.Values.ContainsKey("q") || (!order.IsUsual && !standing.SeesAll))
        {
            return $"(SELECT r.id FROM (SELECT r.id, r.{order.Column} FROM view_tickets AS r WHERE {StatusSql}{where} OFFSET 0) AS r {first})";
        }

        return _statuses is null || !order.IsUsual
            ? $"(SELECT r.id FROM view_tickets AS r WHERE {StatusSql}{where} {first})"
            : $"""
               (SELECT first.id FROM unnest(@statuses) AS asked (status) CROSS JOIN LATERAL (
                  SELECT r.id FROM view_tickets AS r WHERE r.status = asked.status AND {where} {first}) AS first)
               """;
    }));

    /// <summary>What is not over is a few of all there is, and has indexes of its own.</summary>
    string StatusSql =>
        _statuses is null ? ""
        : _statuses.All(s => Tabs.NotOver.Any(n => n.Word() == s)) ? $"r.status = ANY(@statuses) AND {Tabs.NotOverSql} AND "
        : "r.status = ANY(@statuses) AND ";

    /// <summary>Counts them, up to <c>@countTo</c>: each way by itself, without those that an earlier way has counted.</summary>
    public string CountSql(Standing standing)
    {
        var ways = Ways(standing);
        var each = ways.Select((way, i) =>
            $"(SELECT FROM view_tickets AS r WHERE {StatusSql}{Asked(standing)} AND {way}{string.Concat(ways.Take(i).Select(earlier => $" AND ({earlier}) IS NOT TRUE"))} LIMIT @countTo)");
        return $"SELECT count(*) FROM (SELECT FROM ({string.Join(" UNION ALL ", each)}) AS seen LIMIT @countTo) AS counted";
    }

    /// <summary>A draft is its owner's alone, and in no list that does not ask for drafts.</summary>
    IReadOnlyList<string> Ways(Standing standing) =>
        _statuses?.Contains(TicketStatus.Draft.Word()) != true ? standing.Ways()
        : _statuses.Length == 1 ? ["(r.created_by = @me AND r.status = 'draft')"]
        : [.. standing.Ways(), "(r.created_by = @me AND r.status = 'draft')"];

    string Asked(Standing standing) =>
        string.Join(" AND ", new[] { "NOT r.is_deleted" }.Concat(_asked.Sql).Append(Tabs.Sql(Tab, standing.SeesAll)).OfType<string>());
}
