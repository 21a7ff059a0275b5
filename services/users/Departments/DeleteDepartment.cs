using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.Departments;

/// <summary>
/// Closes the department, which others hear of before it is gone, then deletes it. An active person who belongs to it forbids that
/// (DOMAIN.md section 7), and its head is one; a head who is deactivated does not.
/// </summary>
static class DeleteDepartment
{
    public static void Map(IEndpointRouteBuilder api) => api.MapDelete("/departments/{id:guid}", Handle)
        .WithName(nameof(DeleteDepartment))
        .WithTags("Departments")
        .WithSummary("Deletes a department so that it can be restored; refused while an active person belongs to it (admin)")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.InvalidTransition, Codes.DepartmentInUse, Codes.PreconditionFailed);

    static Task<Answer<NoBody>> Handle(Guid id, Caller caller, Preconditions preconditions, ServiceDatabase db, CancellationToken ct)
    {
        caller.MustBeAdmin();
        return db.AnswerAsync(caller, async unit =>
        {
            var before = await DepartmentTable.LockAsync(unit, id);
            await preconditions.RequireAsync(unit, id, before.Version);
            before.MustAllow("delete");
            await MustBeEmptyAsync(unit, before);
            if (before.State == DepartmentStatus.Open)
            {
                before = await DepartmentTable.SaveAsync<DepartmentClosing>(unit, before, before with { State = DepartmentStatus.Closing });
            }

            await DepartmentTable.SaveAsync<DepartmentDeleted>(unit, before, before with { IsDeleted = true, DeletedAt = unit.Now });
            return Answer.NoContent();
        }, ct);
    }

    /// <summary>Nobody joins while this looks: joining needs the department's row, which is locked.</summary>
    static async Task MustBeEmptyAsync(UnitOfWork unit, Department department)
    {
        var members = await unit.SingleAsync<long>(
            "SELECT count(*) FROM users WHERE department_id = @Id AND is_active AND NOT is_deleted", new { department.Id });
        if (members > 0)
        {
            throw new Refusal(Codes.DepartmentInUse, $"Active persons who belong to {department.Name}: {members}. Give them another department first.")
            {
                Members = new Dictionary<string, object?> { ["active_users"] = members },
            };
        }
    }
}
