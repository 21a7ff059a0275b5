using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.Organisation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Catalogue;

static class CreateCategory
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/categories", Handle)
        .WithName(nameof(CreateCategory))
        .WithTags("Categories")
        .WithSummary("Adds a category, for one department or for all (admin)")
        .Creates()
        .WithProblems(Codes.Forbidden, Codes.UnknownReference, Codes.ReferenceUnavailable, Codes.AlreadyExists);

    static async Task<Answer<CategoryView>> Handle(
        CreateCategoryRequest request, Caller caller, UsersDirectory users, ServiceDatabase db, CancellationToken ct)
    {
        caller.MustBeAdmin();
        var asked = new Category { Name = request.Name, DepartmentId = request.DepartmentId, IsActive = request.IsActive }.Trimmed();
        var check = new Checks();
        asked.Check(check);
        check.Done();
        if (asked.DepartmentId is { } department)
        {
            await users.DepartmentAsync(department, "department_id", ct);
        }

        return await db.AnswerAsync(caller, async unit =>
        {
            var row = await CategoryTable.InsertAsync<CategoryCreated>(unit, asked);
            return Answer.Created($"{Service.Api}/categories/{row.Id}", row.View(), row.Version);
        }, ct);
    }
}
