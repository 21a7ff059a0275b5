using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.Organisation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Sla;

static class CreateSlaTemplate
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/sla-templates", Handle)
        .WithName(nameof(CreateSlaTemplate))
        .WithTags("SLA")
        .WithSummary("Adds a template of due times; one at most is active for a department and a priority (admin)")
        .Creates()
        .WithProblems(Codes.Forbidden, Codes.UnknownReference, Codes.ReferenceUnavailable, Codes.AlreadyExists);

    static async Task<Answer<SlaTemplateView>> Handle(
        CreateSlaTemplateRequest request, Caller caller, UsersDirectory users, ServiceDatabase db, CancellationToken ct)
    {
        caller.MustBeAdmin();
        var asked = new SlaTemplate
        {
            Name = request.Name,
            Description = request.Description,
            Priority = request.Priority,
            ResponseHours = request.ResponseHours,
            ResolutionHours = request.ResolutionHours,
            DepartmentId = request.DepartmentId,
            IsActive = request.IsActive,
        }.Trimmed();
        var check = new Checks();
        asked.Check(check);
        check.Done();
        if (asked.DepartmentId is { } department)
        {
            await users.DepartmentAsync(department, "department_id", ct);
        }

        return await db.AnswerAsync(caller, async unit =>
        {
            var row = await SlaTemplateTable.InsertAsync<SlaTemplateCreated>(unit, asked with { CreatedBy = caller.UserId });
            return Answer.Created($"{Service.Api}/sla-templates/{row.Id}", row.View(), row.Version);
        }, ct);
    }
}
