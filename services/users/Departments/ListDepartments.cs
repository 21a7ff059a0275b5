using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.Departments;

static class ListDepartments
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/departments", Handle)
        .WithName(nameof(ListDepartments))
        .WithTags("Departments")
        .WithSummary("Lists departments; sorts by name, code, total_capacity, created_at, updated_at")
        .WithProblems(Codes.Forbidden, Codes.ValidationFailed);

    static readonly Dictionary<string, string> Sorts = new(StringComparer.Ordinal)
    {
        ["name"] = "lower(name)",
        ["code"] = "code",
        ["total_capacity"] = "total_capacity",
        ["created_at"] = "created_at",
        ["updated_at"] = "updated_at",
    };

    const string Where =
        """
        FROM departments
        WHERE is_deleted = @deleted
          AND (@states::text[] IS NULL OR state = ANY(@states))
          AND (@HeadId::uuid IS NULL OR head_id = @HeadId)
          AND (@q::text IS NULL OR starts_with(lower(name), lower(@q)) OR starts_with(code, upper(@q)))
        """;

    static async Task<Listing<DepartmentView>> Handle(
        [AsParameters] PageQuery page, [AsParameters] DepartmentFilter filter, Caller caller, ServiceDatabase db, CancellationToken ct)
    {
        if (filter.IsDeleted == true && !caller.IsAdmin)
        {
            throw Refusal.Forbidden("Only an admin may ask for deleted departments.");
        }

        var check = new Checks();
        page.Check<DepartmentView>(check);
        var order = page.OrderBy(check, Sorts, "name");
        var states = Filters.Words<DepartmentStatus>(check, "state", filter.State);
        check.OptionalText("q", filter.Q, 100, min: 0);
        check.Done();
        var args = new
        {
            deleted = filter.IsDeleted ?? false,
            states,
            filter.HeadId,
            q = string.IsNullOrWhiteSpace(filter.Q) ? null : filter.Q.Trim(),
            take = page.Take(),
            skip = page.Skip(),
            count = page.CountUpTo(),
        };
        return await db.ReadAsync(async connection =>
        {
            var rows = (await connection.QueryAsync<Department>(new CommandDefinition(
                $"SELECT * {Where} ORDER BY {order} LIMIT @take OFFSET @skip", args, cancellationToken: ct))).AsList();
            var counted = await connection.ExecuteScalarAsync<long>(new CommandDefinition(
                $"SELECT count(*) FROM (SELECT {Where} LIMIT @count) AS counted", args, cancellationToken: ct));
            return new Listing<DepartmentView>(page, await DepartmentTable.ViewsAsync(connection, rows, ct), counted);
        }, ct);
    }
}

sealed record DepartmentFilter(
    [property: FromQuery(Name = "state"), RegularExpression("^(open|closing)(,(open|closing))*$"), Description("open, closing; several separated by commas")] string? State = null,
    [property: FromQuery(Name = "head_id")] Guid? HeadId = null,
    [property: FromQuery(Name = "is_deleted"), Description("true is for admins")] bool? IsDeleted = null,
    [property: FromQuery(Name = "q"), StringLength(100), Description("Beginning of the name or the code")] string? Q = null);
