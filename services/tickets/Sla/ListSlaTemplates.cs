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

namespace Hdms.Tickets.Sla;

static class ListSlaTemplates
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/sla-templates", Handle)
        .WithName(nameof(ListSlaTemplates))
        .WithTags("SLA")
        .WithSummary("Lists templates of due times; sorts by priority, name, response_hours, resolution_hours, created_at, updated_at")
        .WithProblems(Codes.Forbidden, Codes.ValidationFailed);

    static readonly Dictionary<string, string> Sorts = new(StringComparer.Ordinal)
    {
        ["priority"] = "array_position(ARRAY['urgent','high','medium','low'],r.priority)",
        ["name"] = "lower(r.name)",
        ["response_hours"] = "r.response_hours",
        ["resolution_hours"] = "r.resolution_hours",
        ["created_at"] = "r.created_at",
        ["updated_at"] = "r.updated_at",
    };

    const string Where =
        """
        WHERE r.is_deleted = @deleted
          AND (@priorities::text[] IS NULL OR r.priority = ANY(@priorities))
          AND (@DepartmentId::uuid IS NULL OR r.department_id = @DepartmentId)
          AND (@IsActive::boolean IS NULL OR r.is_active = @IsActive)
        """;

    static async Task<Listing<SlaTemplateView>> Handle(
        [AsParameters] PageQuery page, [AsParameters] SlaTemplateFilter filter, Caller caller, ServiceDatabase db, CancellationToken ct)
    {
        if (filter.IsDeleted == true && !caller.IsAdmin)
        {
            throw Refusal.Forbidden("Only an admin may ask for deleted templates.");
        }

        var check = new Checks();
        page.Check<SlaTemplateView>(check);
        var order = page.OrderBy(check, Sorts, "priority", "r.id");
        var priorities = Filters.Words<Priority>(check, "priority", filter.Priority);
        check.Done();
        var args = new { deleted = filter.IsDeleted ?? false, priorities, filter.DepartmentId, filter.IsActive };
        return await db.ReadAsync(async connection =>
        {
            var (rows, counted) = await SlaTemplateTable.Rows.PageAsync(connection, page, Where, order, args, ct);
            return new Listing<SlaTemplateView>(page, [.. rows.Select(r => r.View())], counted);
        }, ct);
    }
}

sealed record SlaTemplateFilter(
    [property: FromQuery(Name = "priority"), RegularExpression("^(urgent|high|medium|low)(,(urgent|high|medium|low))*$"), Description("urgent, high, medium, low; several separated by commas")] string? Priority = null,
    [property: FromQuery(Name = "department_id"), Description("Its own; those for every department are not among them")] Guid? DepartmentId = null,
    [property: FromQuery(Name = "is_active")] bool? IsActive = null,
    [property: FromQuery(Name = "is_deleted"), Description("true is for admins")] bool? IsDeleted = null);
