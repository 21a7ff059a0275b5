using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Feeds;
using Hdms.Kit.Replicas;
using Hdms.Tickets.Tickets;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Tickets.Organisation;

/// <summary>Keeps the copies of people, departments and teams, by the users service's feed.</summary>
static class FollowUsers
{
    public static readonly Replica Users = new("tickets_replica_users", ["first_name", "last_name", "role", "department_id", "is_ceo", "is_approver", "is_active", "is_deleted"]);

    public static readonly Replica Departments = new("tickets_replica_departments", ["name", "code", "head_id", "total_capacity", "queue_enabled", "state", "is_deleted"]);

    public static IServiceCollection AddOrganisation(this IServiceCollection services, TicketTable tickets) => services
        .AddFeedReader("heads", Services.Users, new FollowHeads(tickets).Handle)
        .AddReplica(Users, Services.Users, on => on
            .Of<UserRegistered>().Of<UserChanged>().Of<UserDeactivated>().Of<UserReactivated>().Of<UserDeleted>().Of<UserRestored>()
            .Of<UserAnonymised>().Of<UserImported>().Of<AccessGranted>().Of<AccessRevoked>())
        .AddReplica(Departments, Services.Users, on => on
            .Of<DepartmentOpened>().Of<DepartmentChanged>().Of<DepartmentClosing>().Of<DepartmentReopened>().Of<DepartmentDeleted>()
            .Of<DepartmentRestored>().Of<DepartmentImported>())
        .AddFeedReader("teams", Services.Users, on => on
            .FromStartAfterRestore(unit => unit.ExecuteAsync("DELETE FROM tickets_replica_team_members"))
            .Event<TeamMemberAdded>((unit, added, _) => AddAsync(unit, added.DepartmentId, added.UserId))
            .Event<TeamMemberRemoved>((unit, removed, _) => unit.ExecuteAsync(
                "DELETE FROM tickets_replica_team_members WHERE department_id = @DepartmentId AND user_id = @UserId", removed))
            .Event<DepartmentImported>(async (unit, department, _) =>
            {
                foreach (var member in department.Team)
                {
                    await AddAsync(unit, department.Id, member.UserId);
                }
            }));

    static Task<int> AddAsync(UnitOfWork unit, Guid department, Guid user) => unit.ExecuteAsync(
        "INSERT INTO tickets_replica_team_members (department_id, user_id) VALUES (@department, @user) ON CONFLICT DO NOTHING", new { department, user });
}
