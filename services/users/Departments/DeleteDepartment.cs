using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Idempotency;
using Hdms.Kit.Problems;
using Hdms.Kit.Sagas;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.Departments;

/// <summary>
/// Starts the deletion, which asks the tickets service, and waits a while for what comes of it. An active person who belongs to the
/// department forbids it (DOMAIN.md section 7), and its head is one; a head who is deactivated does not.
/// </summary>
static class DeleteDepartment
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    public static void Map(IEndpointRouteBuilder api) => api.MapDelete("/departments/{id:guid}", Handle)
        .WithName(nameof(DeleteDepartment))
        .WithTags("Departments")
        .WithSummary("Deletes a department so that it can be restored; refused while an active person belongs to it or a ticket is open there; 202 while that can't be told yet (admin)")
        .Produces(StatusCodes.Status202Accepted)
        .WithoutIdempotency()
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.InvalidTransition, Codes.DepartmentInUse, Codes.PreconditionFailed);

    static async Task<Answer<NoBody>> Handle(Guid id, Caller caller, Preconditions preconditions, ServiceDatabase db, SagaControl sagas, CancellationToken ct)
    {
        caller.MustBeAdmin();
        var saga = await db.WriteAsync(caller, async unit =>
        {
            var department = await DepartmentTable.LockAsync(unit, id);
            await preconditions.RequireAsync(unit, id, department.Version);
            department.MustAllow("delete");
            await DepartmentDeletion.MustBeEmptyAsync(unit, department);
            return await sagas.StartAsync(unit, DepartmentDeletion.Type, id.ToString(), new DepartmentDeletion.Data(id));
        }, ct);

        var began = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(began) < Patience)
        {
            switch (await sagas.FindAsync(saga.Id, ct))
            {
                case { State: "done" }:
                    return Answer.NoContent();
                case { State: "compensated" } compensated:
                    throw new Refusal(Codes.DepartmentInUse, compensated.Reason ?? "It could not be deleted.");
                default:
                    await Task.Delay(Look, ct);
                    break;
            }
        }

        return Answer.Accepted($"{Service.Api}/departments/{id}");
    }
}
