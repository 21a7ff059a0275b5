using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Http;
using Npgsql;

namespace Hdms.Views.Sight;

/// <summary>What decides which tickets a caller sees, beside the tickets themselves (DOMAIN.md section 5, "see ticket").</summary>
/// <param name="Me">Null for who is no person.</param>
/// <param name="SeesAll">All but others' drafts.</param>
/// <param name="ReadsAll">Every message of a ticket that they see. Admins are recorded when they look into a chat, and so do that there.</param>
/// <param name="StandsInFor">The approvers in whose place the caller decides just now; those who see all do not need it.</param>
/// <param name="TeamOf">The departments to whose teams the caller belongs; of their tickets they see the title.</param>
/// <param name="Watches">The tickets to which a moderator has added the caller.</param>
/// <param name="RemovedFrom">Those that a moderator has taken away from the caller.</param>
sealed record Standing(
    Guid? Me, Guid? HeadOf, bool SeesAll, bool ReadsAll, Guid[] StandsInFor, Guid[] TeamOf, Guid[] Watches, Guid[] RemovedFrom)
{
    const string StandsInForSql = "SELECT approver_id FROM view_substitutes WHERE substitute_id = @me AND NOT is_deleted AND starts_at <= @now AND ends_at > @now";

    /// <summary>The approvers for whom the caller decides, themselves among them.</summary>
    public const string DecidesForSql = $"(ARRAY({StandsInForSql}) || @me::uuid)";

    /// <summary>Nothing has to be read for who sees all.</summary>
    public static async Task<Standing> ReadAsync(NpgsqlConnection connection, Caller caller, DateTimeOffset now, CancellationToken ct)
    {
        if (caller.IsService || caller.IsAdmin || caller.Role == Role.Moderator || caller.Scopes.Contains(Scopes.ReadTickets))
        {
            return new Standing(caller.UserId, null, true, caller.Role == Role.Moderator, [], [], [], []);
        }

        var found = (await connection.QueryAsync<(string Kind, Guid Id)>(new CommandDefinition(
            $"""
            SELECT 's' AS kind, approver_id AS id FROM ({StandsInForSql}) AS s
            UNION ALL
            SELECT 't', department_id FROM view_team_members WHERE user_id = @me
            UNION ALL
            SELECT CASE WHEN is_live THEN 'w' ELSE 'r' END, ticket_id FROM view_participants
            WHERE user_id = @me AND ((is_live AND role = 'watcher') OR is_removed)
            """,
            new { me = caller.UserId, now },
            cancellationToken: ct))).ToLookup(f => f.Kind, f => f.Id, StringComparer.Ordinal);
        return new Standing(
            caller.UserId, caller.Role == Role.Assignee ? caller.DepartmentId : null, false, false,
            [.. found["s"]], [.. found["t"]], [.. found["w"]], [.. found["r"]]);
    }

    /// <summary>The values that the conditions of <see cref="Ways"/> and of the tabs name.</summary>
    public DynamicParameters Args(DateTimeOffset now)
    {
        var args = new DynamicParameters();
        args.AddDynamicParams(new
        {
            me = Me,
            headOf = HeadOf,
            standsInFor = StandsInFor,
            teams = TeamOf,
            watches = Watches,
            removedFrom = RemovedFrom,
            now,
            attentionBefore = now - ViewsRules.AttentionAfter,
        });
        return args;
    }

    /// <summary>
    /// Conditions on <c>view_tickets AS r</c>: whoever sees a ticket that is no draft sees it by one of these. Each is asked by itself,
    /// since an index answers each of them, and all together none.
    /// </summary>
    /// <param name="whole">Without those who see no more than the title.</param>
    public IReadOnlyList<string> Ways(bool whole = false)
    {
        if (SeesAll)
        {
            return ["r.status <> 'draft'"];
        }

        // What was taken away from them may still be theirs to decide on.
        var notRemoved = RemovedFrom.Length == 0 ? "" : " AND (r.id <> ALL(@removedFrom) OR r.pending_approvers && (@standsInFor || @me::uuid))";

        // A partial index is used only where the query says what the index says.
        List<string> ways =
        [
            .. HeadOf is null ? Array.Empty<string>() : ["(r.department_id = @headOf AND r.status <> 'draft')"],
            "(r.requester_id = @me AND r.status <> 'draft')",
            "(r.assignee_id = @me AND r.status <> 'draft')",
            $"(r.approvers <> '{{}}' AND r.approvers @> ARRAY[@me::uuid]{notRemoved} AND r.status <> 'draft')",
            $"(r.sub_ticket_heads <> '{{}}' AND r.sub_ticket_heads @> ARRAY[@me::uuid]{notRemoved} AND r.status <> 'draft')",
        ];
        if (StandsInFor.Length > 0)
        {
            ways.Add($"(r.approvers <> '{{}}' AND r.approvers && @standsInFor{notRemoved} AND r.status <> 'draft')");
        }

        if (Watches.Length > 0)
        {
            ways.Add("(r.id = ANY(@watches) AND r.status <> 'draft')");
        }

        if (!whole && TeamWay is { } team)
        {
            ways.Add(team);
        }

        return ways;
    }

    /// <summary>The way by which no more than titles are seen; null when there is none.</summary>
    public string? TeamWay => TeamOf.Length == 0 ? null : "(r.department_id = ANY(@teams) AND r.assignee_id IS NOT NULL AND r.status <> 'draft')";

    /// <summary>Whether of a ticket that the caller sees more than its title is shown.</summary>
    public bool SeesWhole(TicketState t) =>
        SeesAll
        || (Me is { } me
            && (t.RequesterId == me
                || t.AssigneeId == me
                || (t.Status == TicketStatus.Draft && t.CreatedBy == me)
                || (HeadOf is not null && t.DepartmentId == HeadOf)
                || Watches.Contains(t.Id)
                || t.PendingApprovers.Contains(me)
                || t.PendingApprovers.Any(StandsInFor.Contains)
                || (!RemovedFrom.Contains(t.Id)
                    && (t.Approvers.Contains(me) || t.Approvers.Any(StandsInFor.Contains) || t.SubTicketHeads.Contains(me)))));
}
