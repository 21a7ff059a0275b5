using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.Departments;

static class ChangeDepartment
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPatch("/departments/{id:guid}", Handle)
        .WithName(nameof(ChangeDepartment))
        .WithTags("Departments")
        .WithSummary("Changes members of a department: those that are absent stay, null clears (admin)")
        .Accepts<ChangeDepartmentRequest>("application/json", "application/merge-patch+json")
        .WithProblems(
            Codes.Forbidden, Codes.NotFound, Codes.UnknownReference, Codes.InvalidTransition, Codes.AlreadyExists,
            Codes.VersionConflict, Codes.PreconditionFailed);

    static Task<Answer<DepartmentView>> Handle(
        Guid id, ChangeDepartmentRequest request, Caller caller, Preconditions preconditions, ServiceDatabase db, CancellationToken ct)
    {
        caller.MustBeAdmin();
        return db.AnswerAsync(caller, async unit =>
        {
            var before = await DepartmentTable.LockAsync(unit, id);
            await preconditions.RequireAsync(unit, id, before.Version, request.Version);
            before.MustAllow("change");
            var after = (before with
            {
                Name = request.Name.Or(before.Name),
                Code = request.Code.Or(before.Code),
                HeadId = request.HeadId.Or(before.HeadId),
                TotalCapacity = request.TotalCapacity.Or(before.TotalCapacity),
                QueueEnabled = request.QueueEnabled.Or(before.QueueEnabled),
            }).Trimmed();
            var check = new Checks();
            after.Check(check);
            check.Done();
            if (after == before)
            {
                return Answer.Ok(await DepartmentTable.ViewAsync(unit, before), before.Version);
            }

            if (after.HeadId is { } head && head != before.HeadId)
            {
                await DepartmentTable.SeatHeadAsync(unit, after, head);
            }

            var row = await DepartmentTable.SaveAsync<DepartmentChanged>(unit, before, after);
            return Answer.Ok(await DepartmentTable.ViewAsync(unit, row), row.Version);
        }, ct);
    }
}
