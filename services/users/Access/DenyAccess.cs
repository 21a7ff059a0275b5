using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Users.People;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.Access;

static class DenyAccess
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/access-requests/{id:guid}/deny", Handle)
        .WithName(nameof(DenyAccess))
        .WithTags("Access")
        .WithSummary("Does not let the person in who asked, and says why (admin)")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.AlreadyDecided, Codes.VersionConflict, Codes.PreconditionFailed);

    static Task<Answer<AccessRequestView>> Handle(
        Guid id, DenyAccessRequest request, Caller caller, Preconditions preconditions, ServiceDatabase db, CancellationToken ct)
    {
        caller.MustBeAdmin();
        var check = new Checks();
        check.Text("reason", request.Reason, 1000);
        check.Done();
        return db.AnswerAsync(caller, async unit =>
        {
            var asked = await AccessRequest.LockAsync(unit, id);
            await preconditions.RequireAsync(unit, id, asked.Version, request.Version);
            var row = await asked.DecideAsync<AccessDenied>(unit, AccessRequestStatus.Denied, request.Reason.Trim());
            var user = (await UserTable.SummariesAsync(unit.Connection, [row.UserId], unit.Ct))[row.UserId];
            return Answer.Ok(row.View(user), row.Version);
        }, ct);
    }
}
