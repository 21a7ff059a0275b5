using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.Departments;

static class RemoveTeamMember
{
    public static void Map(IEndpointRouteBuilder api) => api.MapDelete("/departments/{id:guid}/team-members/{user_id:guid}", Handle)
        .WithName(nameof(RemoveTeamMember))
        .WithTags("Departments")
        .WithSummary("Takes a person out of the department's team; again changes nothing (admin)")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.InvalidTransition);

    static Task<Answer<NoBody>> Handle(Guid id, Guid user_id, Caller caller, ServiceDatabase db, CancellationToken ct)
    {
        caller.MustBeAdmin();
        return db.AnswerAsync(caller, async unit =>
        {
            var department = await DepartmentTable.LockAsync(unit, id);
            department.MustAllow("change");
            await TeamTable.RemoveAsync(unit, department, user_id);
            return Answer.NoContent();
        }, ct);
    }
}
