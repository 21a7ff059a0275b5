using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Rebuild;

namespace Hdms.Users.Departments;

/// <summary>
/// Rows of <c>team_members</c>. The team is part of its department: a change of it is an event on the department's stream and a
/// version of the department.
/// </summary>
static class TeamTable
{
    public static readonly StatePart Rows = new("team_members", "department_id", "department_id", "user_id");

    /// <returns>When the person was added; earlier than now if they were in the team already, and then nothing is written.</returns>
    public static async Task<DateTimeOffset> AddAsync(UnitOfWork unit, Department department, Guid user)
    {
        if (await unit.FindAsync<DateTime?>(
            "SELECT added_at FROM team_members WHERE department_id = @Id AND user_id = @user", new { department.Id, user }) is { } since)
        {
            return new DateTimeOffset(since);
        }

        var stream = await BumpAsync(unit, department);
        await unit.ExecuteAsync(
            "INSERT INTO team_members (department_id, user_id, added_at) VALUES (@Id, @user, @Now)", new { department.Id, user, unit.Now });
        var added = new TeamMemberAdded(department.Id, user, unit.Now);
        await unit.AppendAsync(stream, added, new Audit(After: added));
        return unit.Now;
    }

    /// <summary>Nothing is written for somebody who is not in the team.</summary>
    public static async Task RemoveAsync(UnitOfWork unit, Department department, Guid user)
    {
        if (await unit.FindAsync<DateTime?>(
            "SELECT added_at FROM team_members WHERE department_id = @Id AND user_id = @user", new { department.Id, user }) is not { } since)
        {
            return;
        }

        var stream = await BumpAsync(unit, department);
        await unit.ExecuteAsync("DELETE FROM team_members WHERE department_id = @Id AND user_id = @user", new { department.Id, user });
        await unit.AppendAsync(
            stream, new TeamMemberRemoved(department.Id, user, unit.Now), new Audit(Before: new TeamMemberAdded(department.Id, user, new DateTimeOffset(since))));
    }

    /// <returns>The stream as it was before, to append to.</returns>
    static async Task<EventStream> BumpAsync(UnitOfWork unit, Department department)
    {
        var stream = await DepartmentTable.StreamAsync(unit, department);
        await unit.ExecuteAsync("UPDATE departments SET version = version + 1, updated_at = @Now WHERE id = @Id", new { department.Id, unit.Now });
        return stream;
    }
}
