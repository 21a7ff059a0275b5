using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.Departments;

static class OpenDepartment
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/departments", Handle)
        .WithName(nameof(OpenDepartment))
        .WithTags("Departments")
        .WithSummary("Opens a department (admin)")
        .Creates()
        .WithProblems(Codes.Forbidden, Codes.UnknownReference, Codes.AlreadyExists);

    static Task<Answer<DepartmentView>> Handle(OpenDepartmentRequest request, Caller caller, ServiceDatabase db, CancellationToken ct)
    {
        caller.MustBeAdmin();
        var asked = new Department
        {
            Name = request.Name,
            Code = request.Code,
            HeadId = request.HeadId,
            TotalCapacity = request.TotalCapacity,
            QueueEnabled = request.QueueEnabled,
        }.Trimmed();
        var check = new Checks();
        asked.Check(check);
        check.Done();
        return db.AnswerAsync(caller, async unit =>
        {
            var row = asked with { Id = Guid.CreateVersion7(unit.Now), CreatedAt = unit.Now, UpdatedAt = unit.Now, Version = 1 };

            // The head is looked at first, so that an unknown one is told as such; their row refers to the department's afterwards.
            if (row.HeadId is { } head && await unit.FindAsync<Guid?>("SELECT id FROM users WHERE id = @head", new { head }) is null)
            {
                throw Refusal.UnknownReference("head_id", "There is no person with this id.");
            }

            await DepartmentTable.InsertAsync(unit, row);
            if (row.HeadId is { } seated)
            {
                await DepartmentTable.SeatHeadAsync(unit, row, seated);
            }

            return Answer.Created($"{Service.Api}/departments/{row.Id}", await DepartmentTable.ViewAsync(unit, row), row.Version);
        }, ct);
    }
}
