using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.Lifecycle;

namespace Hdms.Tickets.Tickets;

/// <summary>Filters as SQL: only what is asked for gets into the statement, so that each combination has a plan of its own.</summary>
sealed class TicketFilter
{
    readonly List<string> _conditions = [];
    readonly Dictionary<string, object?> _values = new(StringComparer.Ordinal);
    bool _breached;
    bool _attention;
    bool _waitingForMe;

    public static TicketFilter Read(TicketQuery query, Caller caller, Checks check)
    {
        var filter = new TicketFilter();
        filter.Add("r.status = ANY(@status)", "status", Filters.Words<TicketStatus>(check, "status", query.Status));
        filter.Add("r.priority = ANY(@priority)", "priority", Filters.Words<Priority>(check, "priority", query.Priority));
        filter.Add("r.category = @category", "category", Text(query.Category));
        filter.Add("r.department_id = @department", "department", query.DepartmentId);
        filter.Person("assignee_id", query.AssigneeId, caller, check);
        filter.Person("requester_id", query.RequesterId, caller, check);
        filter.Person("claimed_by", query.ClaimedBy, caller, check);
        filter.Add("r.tags @> ARRAY[@tag]", "tag", Text(query.Tag)?.ToLowerInvariant());
        filter.Add("r.created_at >= @createdFrom", "createdFrom", query.CreatedFrom?.ToUniversalTime());
        filter.Add("r.created_at < @createdTo", "createdTo", query.CreatedTo?.ToUniversalTime());
        filter.Add("r.due_at >= @dueFrom", "dueFrom", query.DueFrom?.ToUniversalTime());
        filter.Add("r.due_at < @dueTo", "dueTo", query.DueTo?.ToUniversalTime());
        check.OptionalText("q", query.Q, 100, min: 0);
        if (Text(query.Q) is { } words)
        {
            filter.Add("(r.number = upper(@q) OR to_tsvector('simple', r.title) @@ to_tsquery('simple', @words))", "q", words);
            filter._values["words"] = Filters.Prefixes(words);
        }

        filter._breached = query.Breached == true;
        filter._attention = query.Attention == true;
        filter._waitingForMe = query.WaitingForMe == true;
        return filter;
    }

    /// <summary>The condition for rows of <c>tickets AS r</c>, of which the caller sees all.</summary>
    public (string Where, DynamicParameters Args) Sql(Caller caller, Standing standing, DateTimeOffset now)
    {
        var args = new DynamicParameters();
        foreach (var (name, value) in _values)
        {
            args.Add(name, value);
        }

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
    /// Counts the rows of <see cref="Sql"/>, up to <c>@count</c>: each way of seeing a ticket by itself, which an index alone can answer.
    /// Together they are read from the table, row by row.
    /// </summary>
    public string CountSql(Caller caller, Standing standing)
    {
        var asked = Asked();
        var ways = Ways(caller, standing).Select(w => $"(SELECT r.id FROM tickets AS r WHERE {asked} AND {w} LIMIT @count)");
        return $"SELECT count(*) FROM ({string.Join(" UNION ", ways)} LIMIT @count) AS counted";
    }

    string Asked()
    {
        List<string> all = ["NOT r.is_deleted", .. _conditions];
        if (_breached)
        {
            all.Add("r.due_at < @now AND r.status NOT IN ('draft', 'resolved', 'closed', 'rejected', 'postponed')");
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

    /// <summary>As <see cref="Situation.Sight"/> says of one ticket, for all: whoever sees it sees it by one of these.</summary>
    static List<string> Ways(Caller caller, Standing standing)
    {
        if (caller.IsService || caller.IsAdmin || caller.Role == Role.Moderator || caller.Scopes.Contains(Scopes.ReadTickets))
        {
            return caller.UserId is null ? ["r.status <> 'draft'"] : ["r.status <> 'draft'", "(r.created_by = @me AND r.status = 'draft')"];
        }

        // What was taken away from them may still be theirs to decide on.
        var notRemoved = standing.RemovedFrom.Count == 0 ? "" : " AND (r.id <> ALL(@removedFrom) OR r.pending_approvers && (@standsInFor || @me::uuid))";

        // A partial index is used only where the query says what the index says.
        List<string> ways =
        [
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

        if (caller is { Role: Role.Assignee, DepartmentId: not null })
        {
            ways.Add("(r.department_id = @DepartmentId AND r.status <> 'draft')");
        }

        return ways;
    }

    void Person(string column, string? text, Caller caller, Checks check)
    {
        switch (text)
        {
            case null or "":
                break;
            case "none":
                _conditions.Add($"r.{column} IS NULL");
                break;
            case "me":
                Add($"r.{column} = @{column}", column, caller.Person);
                break;
            default:
                if (check.That(column, Guid.TryParse(text, out var id), "takes an id, or me"))
                {
                    Add($"r.{column} = @{column}", column, id);
                }

                break;
        }
    }

    void Add(string condition, string name, object? value)
    {
        if (value is not null)
        {
            _conditions.Add(condition);
            _values[name] = value;
        }
    }

    static string? Text(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
