using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Catalogue;

static class ListCategories
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/categories", Handle)
        .WithName(nameof(ListCategories))
        .WithTags("Categories")
        .WithSummary("Lists categories; sorts by name, created_at, updated_at")
        .WithProblems(Codes.Forbidden, Codes.ValidationFailed);

    static readonly Dictionary<string, string> Sorts = new(StringComparer.Ordinal)
    {
        ["name"] = "lower(r.name)",
        ["created_at"] = "r.created_at",
        ["updated_at"] = "r.updated_at",
    };

    const string Where =
        """
        WHERE r.is_deleted = @deleted
          AND (@DepartmentId::uuid IS NULL OR r.department_id = @DepartmentId OR r.department_id IS NULL)
          AND (@IsActive::boolean IS NULL OR r.is_active = @IsActive)
          AND (@q::text IS NULL OR starts_with(lower(r.name), lower(@q)))
        """;

    static async Task<Listing<CategoryView>> Handle(
        [AsParameters] PageQuery page, [AsParameters] CategoryFilter filter, Caller caller, ServiceDatabase db, CancellationToken ct)
    {
        if (filter.IsDeleted == true && !caller.IsAdmin)
        {
            throw Refusal.Forbidden("Only an admin may ask for deleted categories.");
        }

        var check = new Checks();
        page.Check<CategoryView>(check);
        var order = page.OrderBy(check, Sorts, "name", "r.id");
        check.OptionalText("q", filter.Q, 100, min: 0);
        check.Done();
        var args = new
        {
            deleted = filter.IsDeleted ?? false,
            filter.DepartmentId,
            filter.IsActive,
            q = string.IsNullOrWhiteSpace(filter.Q) ? null : filter.Q.Trim(),
        };
        return await db.ReadAsync(async connection =>
        {
            var (rows, counted) = await CategoryTable.Rows.PageAsync(connection, page, Where, order, args, ct);
            return new Listing<CategoryView>(page, [.. rows.Select(r => r.View())], counted);
        }, ct);
    }
}

sealed record CategoryFilter(
    [property: FromQuery(Name = "department_id"), Description("Its own, and those of all departments")] Guid? DepartmentId = null,
    [property: FromQuery(Name = "is_active")] bool? IsActive = null,
    [property: FromQuery(Name = "is_deleted"), Description("true is for admins")] bool? IsDeleted = null,
    [property: FromQuery(Name = "q"), StringLength(100), Description("Beginning of the name")] string? Q = null);
