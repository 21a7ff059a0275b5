using Dapper;
using Hdms.Kit.Hosting;
using Npgsql;

namespace Hdms.Tickets.Organisation;

/// <summary>Work that waits for somebody who is gone and that nobody has taken over.</summary>
sealed class LeftBehind : IDoctorCheck
{
    public async Task<IReadOnlyList<DoctorFinding>> CheckAsync(NpgsqlConnection connection, string service, DateTimeOffset now, CancellationToken ct)
    {
        var findings = new List<DoctorFinding>();
        var parts = (await connection.QueryAsync<(string Department, long Count, string Example)>(new CommandDefinition(
            """
            SELECT coalesce(d.code, s.department_id::text), count(*), min(s.number)
            FROM sub_tickets AS s JOIN tickets_replica_users AS u ON u.id = s.assignee_id
            LEFT JOIN tickets_replica_departments AS d ON d.id = s.department_id
            WHERE s.status NOT IN ('resolved', 'closed') AND NOT s.is_deleted AND (u.is_deleted OR NOT u.is_active)
            GROUP BY 1 ORDER BY 1
            """,
            cancellationToken: ct))).AsList();
        findings.AddRange(parts.Select(p => new DoctorFinding(
            Severity.Error, service, $"{p.Count} sub-tickets of the department {p.Department} have a head who is gone, {p.Example} among them.",
            $"Name another head of {p.Department}, who then gets them.")));

        var approvals = (await connection.QueryAsync<(Guid Approver, long Count, string Example)>(new CommandDefinition(
            """
            SELECT a.approver_id, count(*), min(t.number)
            FROM approvals AS a JOIN tickets AS t ON t.id = a.ticket_id JOIN tickets_replica_users AS u ON u.id = a.approver_id
            WHERE a.status = 'pending' AND a.active_at IS NOT NULL AND NOT a.is_deleted AND t.status = 'waiting_approval' AND (u.is_deleted OR NOT u.is_active)
              AND NOT EXISTS (SELECT FROM substitutes AS s WHERE s.approver_id = a.approver_id AND NOT s.is_deleted AND s.starts_at <= @now AND s.ends_at > @now)
            GROUP BY 1 ORDER BY 1
            """,
            new { now },
            cancellationToken: ct))).AsList();
        findings.AddRange(approvals.Select(a => new DoctorFinding(
            Severity.Error, service, $"{a.Count} tickets wait for the approval of {a.Approver}, who is gone, {a.Example} among them.",
            "Name a substitute for them (POST /api/v1/substitutes), or withdraw the request for approval.")));
        return findings;
    }
}
