using System.Text.Json;
using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.Lifecycle;

namespace Hdms.Tickets.Tickets;

/// <summary>Filters as SQL: only what is asked for gets into the statement, so that each combination has a plan of its own.</summary>
sealed class TicketFilter
{
    readonly Conditions _asked = new();
    bool _breached;
    bool _becameOverdue;
    bool _attention;
    bool _waitingForMe;

    public static TicketFilter Read(TicketQuery query, Caller caller, Checks check)
    {
        var filter = new TicketFilter();
        filter._asked.Set("status", Filters.Words<TicketStatus>(check, "status", query.Status));
        filter._asked.Add("r.priority = ANY(@priority)", "priority", Filters.Words<Priority>(check, "priority", query.Priority));
        filter._asked.Add("r.category = @category", "category", Conditions.Text(query.Category));
        filter._asked.Add("r.department_id = @department", "department", query.DepartmentId);
        filter._asked.Person("assignee_id", query.AssigneeId, caller, check);
        filter._asked.Person("requester_id", query.RequesterId, caller, check);
        filter._asked.Person("claimed_by", query.ClaimedBy, caller, check);
        filter._asked.Add("r.tags @> ARRAY[@tag]", "tag", Conditions.Text(query.Tag)?.ToLowerInvariant());
        filter._asked.Add("r.created_at >= @createdFrom", "createdFrom", query.CreatedFrom?.ToUniversalTime());
        filter._asked.Add("r.created_at < @createdTo", "createdTo", query.CreatedTo?.ToUniversalTime());
        filter._asked.Add("r.submitted_at >= @submittedFrom", "submittedFrom", query.SubmittedFrom?.ToUniversalTime());
        filter._asked.Add("r.submitted_at < @submittedTo", "submittedTo", query.SubmittedTo?.ToUniversalTime());
        filter._asked.Add("r.resolved_at >= @resolvedFrom", "resolvedFrom", query.ResolvedFrom?.ToUniversalTime());
        filter._asked.Add("r.resolved_at < @resolvedTo", "resolvedTo", query.ResolvedTo?.ToUniversalTime());
        filter._asked.Add("r.due_at >= @dueFrom", "dueFrom", query.DueFrom?.ToUniversalTime());
        filter._asked.Add("r.due_at < @dueTo", "dueTo", query.DueTo?.ToUniversalTime());
        filter._asked.Add("r.due_at >= @overdueFrom", "overdueFrom", query.OverdueFrom?.ToUniversalTime());
        filter._asked.Add("r.due_at < @overdueTo", "overdueTo", query.OverdueTo?.ToUniversalTime());
        check.OptionalText("q", query.Q, 100, min: 0);
        if (Conditions.Text(query.Q) is { } words)
        {
            filter._asked.Add("(r.number = upper(@q) OR to_tsvector('simple', r.title) @@ to_tsquery('simple', @words))", "q", words);
            filter._asked.Set("words", Filters.Prefixes(words));
        }

        filter._breached = query.Breached == true;
        filter._becameOverdue = query.OverdueFrom is not null || query.OverdueTo is not null;
        filter._attention = query.Attention == true;
        filter._waitingForMe = query.WaitingForMe == true;
        return filter;
    }

    /// <summary>The condition for rows of <c>tickets AS r</c>, of which the caller sees all.</summary>
    public (string Where, DynamicParameters Args) Sql(Caller caller, Standing standing, DateTimeOffset now)
    {
        var args = new DynamicParameters();
        _asked.AddTo(args);

        args.AddDynamicParams(new
        {
            me = caller.UserId,
            caller.DepartmentId,
            standsInFor = standing.StandsInFor.ToArray(),
            teams = standing.TeamOf.ToArray(),
            watches = standing.Watches.ToArray(),
            removedFrom = standing.RemovedFrom.ToArray(),
            now,
            attentionBefore = now - TicketRules.AttentionAfter,
        });
        return ($"{Asked()} AND ({string.Join(" OR ", Ways(caller, standing))})", args);
    }

    /// <summary>
    /// The condition for the first <c>@upTo</c> of them in an order. Each way of seeing a ticket, and each status, is asked by itself,
    /// which an index gives in the usual order and no further than so many; of all of them together everything is read and sorted.
    /// </summary>
    public string FirstSql(Caller caller, Standing standing, string order)
    {
        var ways = Ways(caller, standing).Select(way => HasStatuses
            ? $"""
              (SELECT first.id FROM unnest(@status) AS asked (status) CROSS JOIN LATERAL (
                 SELECT r.id FROM tickets AS r WHERE r.status = asked.status AND {Asked(anyStatus: true)} AND {way} ORDER BY {order} LIMIT @upTo) AS first)
              """
            : $"(SELECT r.id FROM tickets AS r WHERE {Asked()} AND {way} ORDER BY {order} LIMIT @upTo)");
        return $"r.id = ANY(ARRAY({string.Join(" UNION ALL ", ways)}))";
    }

    /// <summary>
    /// Counts the rows of <see cref="Sql"/>, up to <c>@count</c>: each way of seeing a ticket by itself, which an index alone can answer,
    /// without those that an earlier way has counted. Together they are read from the table, row by row.
    /// </summary>
    public string CountSql(Caller caller, Standing standing)
    {
        var ways = Ways(caller, standing);
        var each = ways.Select((way, i) =>
            $"(SELECT FROM tickets AS r WHERE {Asked()} AND {way}{string.Concat(ways.Take(i).Select(earlier => $" AND ({earlier}) IS NOT TRUE"))} LIMIT @count)");
        return $"SELECT count(*) FROM (SELECT FROM ({string.Join(" UNION ALL ", each)}) AS seen LIMIT @count) AS counted";
    }

    /// <summary>What the answers to the same question have in common, the time apart.</summary>
    public string Key(Caller caller, Standing standing) => JsonSerializer.Serialize(
        new { Sql = CountSql(caller, standing), Values = _asked.Values, caller.UserId, caller.DepartmentId, In = standing.StandsInFor.Order(), Of = standing.TeamOf.Order() });

    bool HasStatuses => _asked.Values["status"] is not null;

    string Asked(bool anyStatus = false)
    {
        List<string> all = ["NOT r.is_deleted", .. _asked.Sql];
        if (HasStatuses && !anyStatus)
        {
            all.Add("r.status = ANY(@status)");
        }

        if (_breached)
        {
            all.Add("r.due_at < @now AND r.status NOT IN ('draft', 'resolved', 'closed', 'rejected', 'postponed')");
        }

        if (_becameOverdue)
        {
            all.Add("r.due_at < @now AND r.status NOT IN ('draft', 'rejected', 'postponed') AND coalesce(r.resolved_at, r.closed_at, @now) > r.due_at");
        }

        if (_attention)
        {
            all.Add("((r.status IN ('submitted', 'pending') AND r.submitted_at < @attentionBefore) OR (r.status = 'assigned' AND r.acknowledged_at IS NULL AND r.assigned_at < @attentionBefore))");
        }

        if (_waitingForMe)
        {
            all.Add("r.status = 'waiting_approval' AND r.approvers <> '{}' AND r.approvers && (@standsInFor || @me::uuid) AND r.pending_approvers && (@standsInFor || @me::uuid)");
        }

        return string.Join(" AND ", all);
    }

    static bool SeesAll(Caller caller) => caller.IsService || caller.IsAdmin || caller.Role == Role.Moderator || caller.Scopes.Contains(Scopes.ReadTickets);

    /// <summary>As <see cref="Situation.Sight"/> says of one ticket, for all: whoever sees it sees it by one of these.</summary>
    static List<string> Ways(Caller caller, Standing standing)
    {
        if (SeesAll(caller))
        {
            return caller.UserId is null ? ["r.status <> 'draft'"] : ["r.status <> 'draft'", "(r.created_by = @me AND r.status = 'draft')"];
        }

        // What was taken away from them may still be theirs to decide on.
        var notRemoved = standing.RemovedFrom.Count == 0 ? "" : " AND (r.id <> ALL(@removedFrom) OR r.pending_approvers && (@standsInFor || @me::uuid))";

        // The one by which a head sees most comes first, and none has to be looked for among the others. A partial index is used only
        // where the query says what the index says.
        List<string> ways =
        [
            .. caller is { Role: Role.Assignee, DepartmentId: not null } ? ["(r.department_id = @DepartmentId AND r.status <> 'draft')"] : Array.Empty<string>(),
            "(r.requester_id = @me AND r.status <> 'draft')",
            "(r.created_by = @me AND r.status = 'draft')",
            "r.assignee_id = @me",
            $"(r.approvers <> '{{}}' AND r.approvers @> ARRAY[@me::uuid]{notRemoved})",
            $"(r.sub_ticket_heads <> '{{}}' AND r.sub_ticket_heads @> ARRAY[@me::uuid]{notRemoved})",
        ];
        if (standing.StandsInFor.Count > 0)
        {
            ways.Add($"(r.approvers <> '{{}}' AND r.approvers && @standsInFor{notRemoved})");
        }

        if (standing.Watches.Count > 0)
        {
            ways.Add("(r.id = ANY(@watches) AND r.status <> 'draft')");
        }

        if (standing.TeamOf.Count > 0)
        {
            ways.Add("(r.department_id = ANY(@teams) AND r.assignee_id IS NOT NULL)");
        }

        return ways;
    }
}
