using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Users.People;
using Hdms.Users.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.Access;

static class RevokeAccess
{
    public static void Map(IEndpointRouteBuilder api) => api.MapDelete("/users/{id:guid}/access", Handle)
        .WithName(nameof(RevokeAccess))
        .WithTags("Access")
        .WithSummary("The person may no longer sign in, and their sessions end; again changes nothing (admin)")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.InvalidTransition, Codes.PreconditionFailed);

    static Task<Answer<NoBody>> Handle(Guid id, Caller caller, Preconditions preconditions, ServiceDatabase db, CancellationToken ct)
    {
        caller.MustBeAdmin();
        return db.AnswerAsync(caller, async unit =>
        {
            var before = await UserTable.LockAsync(unit, id);
            await preconditions.RequireAsync(unit, id, before.Version);
            if (before.HelpdeskAuthorized)
            {
                before.MustAllow("revoke_access");
                var after = before with { HelpdeskAuthorized = false };
                await UserTable.MustLeaveAnAdminAsync(unit, before, after, "revoke_access");
                await Sessions.EndAsync(unit, id, "access_revoked");
                await UserTable.SaveAsync<AccessRevoked>(unit, before, after);
            }

            return Answer.NoContent();
        }, ct);
    }
}
