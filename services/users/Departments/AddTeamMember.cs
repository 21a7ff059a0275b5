using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Users.People;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.Departments;

static class AddTeamMember
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPut("/departments/{id:guid}/team-members/{user_id:guid}", Handle)
        .WithName(nameof(AddTeamMember))
        .WithTags("Departments")
        .WithSummary("Puts a person into the department's team; again changes nothing (admin)")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.InvalidTransition);

    static Task<Answer<TeamMemberView>> Handle(Guid id, Guid user_id, Caller caller, ServiceDatabase db, CancellationToken ct)
    {
        caller.MustBeAdmin();
        return db.AnswerAsync(caller, async unit =>
        {
            var department = await DepartmentTable.LockAsync(unit, id);
            department.MustAllow("change");
            var user = await UserTable.LockAsync(unit, user_id);
            if (!user.MayWork)
            {
                throw Refusal.InvalidTransition(user.Status, "join_team", user.AllowedActions);
            }

            var since = await TeamTable.AddAsync(unit, department, user_id);
            return Answer.Ok(new TeamMemberView(id, user.Summary(), since));
        }, ct);
    }
}
