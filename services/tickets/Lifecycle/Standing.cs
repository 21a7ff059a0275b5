using Dapper;
using Hdms.Kit.Http;
using Npgsql;

namespace Hdms.Tickets.Lifecycle;

/// <summary>What the database tells of a caller beside the token; the same for every ticket.</summary>
/// <param name="StandsInFor">The approvers in whose place the caller decides just now.</param>
/// <param name="TeamOf">The departments to whose teams the caller belongs.</param>
/// <param name="ApprovalDepartments">The departments whose heads may ask for approvals.</param>
/// <param name="Watches">The tickets to which a moderator has added the caller.</param>
/// <param name="RemovedFrom">Those that a moderator has taken away from the caller.</param>
sealed record Standing(IReadOnlySet<Guid> StandsInFor, IReadOnlySet<Guid> TeamOf, IReadOnlySet<Guid> ApprovalDepartments, IReadOnlySet<Guid> Watches, IReadOnlySet<Guid> RemovedFrom)
{
    public static readonly Standing None = new(new HashSet<Guid>(), new HashSet<Guid>(), new HashSet<Guid>(), new HashSet<Guid>(), new HashSet<Guid>());

    public static async Task<Standing> ReadAsync(NpgsqlConnection connection, Caller caller, TicketRules rules, DateTimeOffset now, CancellationToken ct)
    {
        var found = (await connection.QueryAsync<(string Kind, Guid Id)>(new CommandDefinition(
            """
            SELECT 's' AS kind, approver_id AS id FROM substitutes WHERE substitute_id = @me AND NOT is_deleted AND starts_at <= @now AND ends_at > @now
            UNION ALL
            SELECT 't', department_id FROM tickets_replica_team_members WHERE user_id = @me
            UNION ALL
            SELECT 'd', id FROM tickets_replica_departments WHERE code = ANY(@codes) AND NOT is_deleted
            UNION ALL
            SELECT CASE WHEN is_live THEN 'w' ELSE 'r' END, ticket_id FROM tickets_replica_participants
            WHERE user_id = @me AND ((is_live AND role = 'watcher') OR is_removed)
            """,
            new { me = caller.UserId, now, codes = rules.ApprovalDepartments },
            cancellationToken: ct))).ToLookup(f => f.Kind, f => f.Id, StringComparer.Ordinal);
        return new Standing(found["s"].ToHashSet(), found["t"].ToHashSet(), found["d"].ToHashSet(), found["w"].ToHashSet(), found["r"].ToHashSet());
    }
}
