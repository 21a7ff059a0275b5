using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Users.Departments;
using Hdms.Users.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.People;

static class DeleteUser
{
    public static void Map(IEndpointRouteBuilder api) => api.MapDelete("/users/{id:guid}", Handle)
        .WithName(nameof(DeleteUser))
        .WithTags("Users")
        .WithSummary("Deletes a person so that they can be restored; their sessions end, and a department they head has no head any more (admin)")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.InvalidTransition, Codes.PreconditionFailed);

    static Task<Answer<NoBody>> Handle(Guid id, Caller caller, Preconditions preconditions, ServiceDatabase db, CancellationToken ct)
    {
        caller.MustBeAdmin();
        return db.AnswerAsync(caller, async unit =>
        {
            var before = await UserTable.LockAsync(unit, id);
            await preconditions.RequireAsync(unit, id, before.Version);
            before.MustAllow("delete");
            var after = before with { IsDeleted = true, DeletedAt = unit.Now };
            await UserTable.MustLeaveAnAdminAsync(unit, before, after, "delete");
            await DepartmentTable.DetachHeadAsync(unit, id);
            await Sessions.EndAsync(unit, id, "deleted");
            await UserTable.SaveAsync<UserDeleted>(unit, before, after);
            return Answer.NoContent();
        }, ct);
    }
}
