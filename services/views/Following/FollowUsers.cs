using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Feeds;
using Hdms.Kit.Replicas;

namespace Hdms.Views.Following;

/// <summary>Names of people and departments, and who belongs to which team, by the users service's feed.</summary>
static class FollowUsers
{
    static readonly Replica People = new("view_users", ["first_name", "last_name"]);
    static readonly Replica Departments = new("view_departments", ["name", "code", "head_id", "total_capacity", "is_deleted"]);

    public static void Handle(FeedHandlers on) => on
        .FromStartAfterRestore(unit => unit.ExecuteAsync("DELETE FROM view_users; DELETE FROM view_departments; DELETE FROM view_team_members"))
        .Every<UserState>((unit, _, e) => People.TakeAsync(unit, e))
        .Every<DepartmentEventState>(async (unit, department, e) =>
        {
            await Departments.TakeAsync(unit, e);

            // One that came without events brings its team along.
            foreach (var member in department is DepartmentImported imported ? imported.Team : [])
            {
                await AddAsync(unit, department.Id, member.UserId);
            }
        })
        .Event<TeamMemberAdded>((unit, added, _) => AddAsync(unit, added.DepartmentId, added.UserId))
        .Event<TeamMemberRemoved>((unit, removed, _) => unit.ExecuteAsync(
            "DELETE FROM view_team_members WHERE department_id = @DepartmentId AND user_id = @UserId", removed));

    static Task<int> AddAsync(UnitOfWork unit, Guid department, Guid user) => unit.ExecuteAsync(
        "INSERT INTO view_team_members (department_id, user_id) VALUES (@department, @user) ON CONFLICT DO NOTHING", new { department, user });
}
