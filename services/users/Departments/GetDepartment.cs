using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.Departments;

static class GetDepartment
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/departments/{id}", Handle)
        .WithName(nameof(GetDepartment))
        .WithTags("Departments")
        .WithSummary("One department, by id or by code, with its head and number of members as of now")
        .WithProblems(Codes.Forbidden, Codes.NotFound);

    /// <summary>No 304 here: head and number of members change without the department's version.</summary>
    static Task<Answer<DepartmentView>> Handle(string id, Caller caller, ServiceDatabase db, CancellationToken ct) => db.ReadAsync(async connection =>
    {
        var byId = Guid.TryParse(id, out var key);
        var department = await connection.QuerySingleOrDefaultAsync<Department>(new CommandDefinition(
            byId ? "SELECT * FROM departments WHERE id = @key" : "SELECT * FROM departments WHERE code = upper(@id) AND NOT is_deleted",
            new { key, id },
            cancellationToken: ct));
        if (department is null || (department.IsDeleted && !caller.IsAdmin && !caller.IsService))
        {
            throw Refusal.NotFound("department");
        }

        var views = await DepartmentTable.ViewsAsync(connection, [department], ct);
        return Answer.Ok(views[0], department.Version);
    }, ct);
}
