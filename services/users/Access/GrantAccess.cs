using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Users.People;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.Access;

static class GrantAccess
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPut("/users/{id:guid}/access", Handle)
        .WithName(nameof(GrantAccess))
        .WithTags("Access")
        .WithSummary("Lets a person in, asked or not; a request of theirs that waits is approved; again changes nothing (admin)")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.InvalidTransition, Codes.PreconditionFailed);

    static Task<Answer<UserView>> Handle(Guid id, Caller caller, Preconditions preconditions, ServiceDatabase db, CancellationToken ct)
    {
        caller.MustBeAdmin();
        return db.AnswerAsync(caller, async unit =>
        {
            // The request before the person, as approving does, so that the two can't wait for one another.
            var asked = await unit.FindAsync<AccessRequest>("SELECT * FROM access_requests WHERE user_id = @id AND status = 'pending' FOR UPDATE", new { id });
            var user = await UserTable.LockAsync(unit, id);
            await preconditions.RequireAsync(unit, id, user.Version);
            if (!user.HelpdeskAuthorized)
            {
                user.MustAllow("grant_access");
                user = await UserTable.SaveAsync<AccessGranted>(unit, user, user with { HelpdeskAuthorized = true });
            }

            if (asked is not null)
            {
                await asked.DecideAsync<AccessApproved>(unit, AccessRequestStatus.Approved, null);
            }

            return Answer.Ok(user.View(Sight.Everything), user.Version);
        }, ct);
    }
}
