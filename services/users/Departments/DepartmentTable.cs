using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Problems;
using Hdms.Kit.Rebuild;
using Hdms.Users.People;
using Npgsql;

namespace Hdms.Users.Departments;

/// <summary>Reads and writes rows of <c>departments</c>; every write appends the event that tells of it.</summary>
static class DepartmentTable
{
    /// <summary>Every event of a department has the whole row, but those of its team.</summary>
    public static readonly StateTable FromEvents = new StateTable("departments", async (unit, id) => await StreamAsync(unit, await LockAsync(unit, id))) { Parts = [TeamTable.Rows] }
        .Whole<DepartmentEventState>()
        .On<DepartmentImported>((department, e) => department.ReplaceAll(TeamTable.Rows, e.Team.Select(m => new TeamMemberAdded(department.Id, m.UserId, m.AddedAt))))
        .On<TeamMemberAdded>((department, e) =>
        {
            department.Change(new { UpdatedAt = e.AddedAt });
            department.Put(TeamTable.Rows, e);
        })
        .On<TeamMemberRemoved>((department, e) =>
        {
            department.Change(new { UpdatedAt = e.RemovedAt });
            department.Remove(TeamTable.Rows, e);
        });

    /// <summary>The row, kept from other writers, and from new members, until the unit of work ends.</summary>
    /// <exception cref="Refusal">404: there is none.</exception>
    public static async Task<Department> LockAsync(UnitOfWork unit, Guid id) =>
        await unit.FindAsync<Department>("SELECT * FROM departments WHERE id = @id FOR UPDATE", new { id }) ?? throw Refusal.NotFound("department");

    /// <summary>The department takes members; kept so until the unit of work ends.</summary>
    /// <exception cref="Refusal">422 <c>unknown_reference</c>.</exception>
    public static async Task MustBeOpenAsync(UnitOfWork unit, Guid id)
    {
        var state = await unit.FindAsync<string>("SELECT state FROM departments WHERE id = @id AND NOT is_deleted FOR SHARE", new { id });
        if (state != "open")
        {
            throw Refusal.UnknownReference("department_id", state is null ? "There is no department with this id." : "This department is being closed.");
        }
    }

    /// <summary>The locked row's stream. Its team has to be read for the case that the log knows nothing of it yet.</summary>
    public static async Task<EventStream> StreamAsync(UnitOfWork unit, Department department)
    {
        var team = await unit.QueryAsync<(Guid UserId, DateTime AddedAt)>(
            "SELECT user_id, added_at FROM team_members WHERE department_id = @Id ORDER BY user_id", new { department.Id });
        return new EventStream(department.Id, department.Version)
        {
            Imported = () => department.As<DepartmentImported>() with { Team = [.. team.Select(m => new TeamMember(m.UserId, new DateTimeOffset(m.AddedAt)))] },
        };
    }

    public static async Task<Department> InsertAsync(UnitOfWork unit, Department department)
    {
        await unit.ExecuteAsync(
            """
            INSERT INTO departments (id, name, code, head_id, total_capacity, queue_enabled, created_at, updated_at, version)
            VALUES (@Id, @Name, @Code, @HeadId, @TotalCapacity, @QueueEnabled, @CreatedAt, @UpdatedAt, @Version)
            """,
            department);
        await unit.AppendAsync(
            new EventStream(department.Id, 0), department.As<DepartmentOpened>(), new Audit(After: department.As<DepartmentOpened>()));
        return department;
    }

    /// <summary>Writes <paramref name="after"/> over the locked row and tells of it as a <typeparamref name="T"/>.</summary>
    public static async Task<Department> SaveAsync<T>(UnitOfWork unit, Department before, Department after, string? reason = null)
        where T : DepartmentEventState, new()
    {
        var row = after with { UpdatedAt = unit.Now, Version = before.Version + 1 };
        var stream = await StreamAsync(unit, before);
        await unit.ExecuteAsync(
            """
            UPDATE departments SET
                name = @Name, code = @Code, head_id = @HeadId, total_capacity = @TotalCapacity, queue_enabled = @QueueEnabled,
                state = @StateName, is_deleted = @IsDeleted, deleted_at = @DeletedAt, updated_at = @UpdatedAt, version = @Version
            WHERE id = @Id
            """,
            row);
        await unit.AppendAsync(stream, row.As<T>(), Audit.Between(before.As<T>(), row.As<T>(), reason));
        return row;
    }

    /// <summary>
    /// Makes sure that <paramref name="head"/> can be the head: an active person with the role assignee, who belongs to this
    /// department. One who belongs to none joins it; one of another department is refused.
    /// </summary>
    /// <exception cref="Refusal">422.</exception>
    public static async Task SeatHeadAsync(UnitOfWork unit, Department department, Guid head)
    {
        var user = await unit.FindAsync<User>("SELECT * FROM users WHERE id = @head AND NOT is_deleted FOR UPDATE", new { head })
            ?? throw Refusal.UnknownReference("head_id", "There is no person with this id.");
        var check = new Checks();
        check.That("head_id", user.IsActive, "must be an active person");
        check.That("head_id", user.Role == Role.Assignee, "must have the role assignee");
        check.That("head_id", user.DepartmentId is null || user.DepartmentId == department.Id, "belongs to another department");
        check.Done();
        if (user.DepartmentId is null)
        {
            await UserTable.SaveAsync<UserChanged>(unit, user, user with { DepartmentId = department.Id });
        }
    }

    /// <summary>Leaves the departments that a person heads without a head.</summary>
    public static async Task DetachHeadAsync(UnitOfWork unit, Guid head)
    {
        foreach (var department in await unit.QueryAsync<Department>("SELECT * FROM departments WHERE head_id = @head ORDER BY id FOR UPDATE", new { head }))
        {
            await SaveAsync<DepartmentChanged>(unit, department, department with { HeadId = null });
        }
    }

    /// <summary>The departments as they are shown, with head and number of members as of now.</summary>
    public static async Task<IReadOnlyList<DepartmentView>> ViewsAsync(NpgsqlConnection connection, IReadOnlyList<Department> departments, CancellationToken ct)
    {
        var heads = await UserTable.SummariesAsync(connection, departments.Where(d => d.HeadId is not null).Select(d => d.HeadId!.Value), ct);
        var counts = (await connection.QueryAsync<(Guid Id, long Members)>(new CommandDefinition(
            "SELECT department_id, count(*) FROM users WHERE department_id = ANY(@ids) AND is_active AND NOT is_deleted GROUP BY department_id",
            new { ids = departments.Select(d => d.Id).ToArray() },
            cancellationToken: ct))).ToDictionary(c => c.Id, c => (int)c.Members);
        return
        [
            .. departments.Select(d => new DepartmentView(
                d.Id, d.Name, d.Code, d.HeadId, d.HeadId is { } head ? heads.GetValueOrDefault(head) : null, d.TotalCapacity, d.QueueEnabled, d.State,
                counts.GetValueOrDefault(d.Id), d.IsDeleted, d.DeletedAt, d.CreatedAt, d.UpdatedAt, d.Version)),
        ];
    }

    public static async Task<DepartmentView> ViewAsync(UnitOfWork unit, Department department) =>
        (await ViewsAsync(unit.Connection, [department], unit.Ct))[0];
}
