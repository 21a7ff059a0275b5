using Dapper;
using Hdms.Kit.Database;
using Hdms.Kit.Problems;
using Npgsql;

namespace Hdms.Tickets.Organisation;

/// <summary>The service's own copy of the departments, whose rows also decide who comes first: work is given out, and a department closed, under its row.</summary>
static class DepartmentReplica
{
    const string Columns =
        """
        d.id, d.name, d.code, d.head_id, coalesce(u.is_active AND NOT u.is_deleted, false) AS head_may_work,
        d.total_capacity, d.queue_enabled, d.state, d.is_deleted, d.version
        FROM tickets_replica_departments AS d LEFT JOIN tickets_replica_users AS u ON u.id = d.head_id
        """;

    public static async Task<DepartmentFacts?> FindAsync(NpgsqlConnection connection, Guid id, CancellationToken ct) =>
        await connection.QuerySingleOrDefaultAsync<DepartmentFacts>(new CommandDefinition($"SELECT {Columns} WHERE d.id = @id", new { id }, cancellationToken: ct));

    /// <summary>Holds the department open until the unit of work ends: nobody closes it meanwhile (DESIGN section 12a).</summary>
    /// <exception cref="Refusal">422: it takes no tickets.</exception>
    public static Task HoldOpenAsync(UnitOfWork unit, DepartmentFacts facts) => HoldAsync(unit, facts, "FOR SHARE");

    /// <summary>As <see cref="HoldOpenAsync"/>, and gives out its work to nobody else meanwhile.</summary>
    public static Task HoldForWorkAsync(UnitOfWork unit, DepartmentFacts facts) => HoldAsync(unit, facts, "FOR NO KEY UPDATE");

    static async Task HoldAsync(UnitOfWork unit, DepartmentFacts facts, string mode)
    {
        var state = await unit.FindAsync<string>($"SELECT state FROM tickets_replica_departments WHERE id = @Id AND version >= @Version {mode}", new { facts.Id, facts.Version });
        if (state is null)
        {
            // What the feed has not brought yet is known already, since its owner was asked.
            await TakeAsync(unit, facts);
            state = await unit.SingleAsync<string>($"SELECT state FROM tickets_replica_departments WHERE id = @Id {mode}", new { facts.Id });
        }

        if (state != "open" || !facts.TakesTickets)
        {
            throw Refusal.UnknownReference("department_id", "This department takes no tickets any longer.");
        }
    }

    static Task<int> TakeAsync(UnitOfWork unit, DepartmentFacts d) =>
        unit.ExecuteAsync(
            """
            INSERT INTO tickets_replica_departments (id, name, code, head_id, total_capacity, queue_enabled, state, is_deleted, version)
            VALUES (@Id, @Name, @Code, @HeadId, @TotalCapacity, @QueueEnabled, @state, @IsDeleted, @Version)
            ON CONFLICT (id) DO UPDATE SET
                name = excluded.name, code = excluded.code, head_id = excluded.head_id, total_capacity = excluded.total_capacity,
                queue_enabled = excluded.queue_enabled, state = excluded.state, is_deleted = excluded.is_deleted, version = excluded.version
            WHERE tickets_replica_departments.version < excluded.version
            """,
            new { d.Id, d.Name, d.Code, d.HeadId, d.TotalCapacity, d.QueueEnabled, state = d.State.ToString().ToLowerInvariant(), d.IsDeleted, d.Version });
}
