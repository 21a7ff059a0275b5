using Dapper;
using Hdms.Contracts;
using Npgsql;

namespace Hdms.Views.Dashboard;

/// <summary>What each department has in hand.</summary>
static class Workload
{
    /// <summary>Also needs the parameter <c>@now</c>, and the scope's.</summary>
    public static string Sql(Scope scope) =>
        $"""
        SELECT d.id, d.code, d.name, d.head_id, h.first_name, h.last_name, d.total_capacity AS capacity, coalesce(w.active, 0) AS active, coalesce(w.overdue, 0) AS overdue,
               (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM r.resolved_at - r.assigned_at)::float8 / 3600)
                FROM view_tickets AS r
                WHERE r.department_id = d.id AND r.resolved_at >= @now - interval '90 days' AND r.assigned_at IS NOT NULL AND NOT r.is_deleted) AS usual_hours
        FROM view_departments AS d
        LEFT JOIN view_users AS h ON h.id = d.head_id
        LEFT JOIN (
          SELECT r.department_id, count(*)::int AS active, (count(*) FILTER (WHERE r.due_at < @now))::int AS overdue
          FROM view_tickets AS r
          WHERE r.status IN ('assigned', 'in_progress', 'waiting_approval', 'approved') AND NOT r.is_deleted AND {scope.Sql}
          GROUP BY r.department_id) AS w ON w.department_id = d.id
        WHERE NOT d.is_deleted {(scope.Department is null ? "" : "AND d.id = @department")}
        ORDER BY d.name, d.id
        """;

    public static async Task<IReadOnlyList<DepartmentLoad>> ReadAsync(NpgsqlConnection connection, Scope scope, DateTimeOffset now, CancellationToken ct) =>
        [.. (await connection.QueryAsync<WorkloadRow>(new CommandDefinition(Sql(scope), new { scope.Department, scope.Person, now }, cancellationToken: ct))).Select(w => w.Load())];
}

sealed record WorkloadRow
{
    public Guid Id { get; init; }

    public string? Code { get; init; }

    public string? Name { get; init; }

    public Guid? HeadId { get; init; }

    public string? FirstName { get; init; }

    public string? LastName { get; init; }

    public int Capacity { get; init; }

    public int Active { get; init; }

    public int Overdue { get; init; }

    public double? UsualHours { get; init; }

    public DepartmentLoad Load() => new(
        new DepartmentRef(Id, Code, Name), HeadId is { } head ? new PersonRef(head, FirstName, LastName) : null, Active, Overdue, Capacity,
        UsualHours is { } hours ? Math.Round(hours, 1) : null);
}
