using System.ComponentModel;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Sla;

static class ListCalendars
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/calendars", Handle)
        .WithName(nameof(ListCalendars))
        .WithTags("SLA")
        .WithSummary("Lists calendars; sorts by name, created_at, updated_at")
        .WithProblems(Codes.Forbidden, Codes.ValidationFailed);

    static readonly Dictionary<string, string> Sorts = new(StringComparer.Ordinal)
    {
        ["name"] = "lower(r.name)",
        ["created_at"] = "r.created_at",
        ["updated_at"] = "r.updated_at",
    };

    const string Where = "WHERE r.is_deleted = @deleted AND (@DepartmentId::uuid IS NULL OR r.department_id = @DepartmentId)";

    static async Task<Listing<CalendarView>> Handle(
        [AsParameters] PageQuery page, [AsParameters] CalendarFilter filter, Caller caller, ServiceDatabase db, CancellationToken ct)
    {
        if (filter.IsDeleted == true && !caller.IsAdmin)
        {
            throw Refusal.Forbidden("Only an admin may ask for deleted calendars.");
        }

        var check = new Checks();
        page.Check<CalendarView>(check);
        var order = page.OrderBy(check, Sorts, "name", "r.id");
        check.Done();
        var args = new { deleted = filter.IsDeleted ?? false, filter.DepartmentId };
        return await db.ReadAsync(async connection =>
        {
            var (rows, counted) = await CalendarTable.Rows.PageAsync(connection, page, Where, order, args, ct);
            return new Listing<CalendarView>(page, [.. rows.Select(r => r.View())], counted);
        }, ct);
    }
}

sealed record CalendarFilter(
    [property: FromQuery(Name = "department_id"), Description("Its own; the organisation's is not among them")] Guid? DepartmentId = null,
    [property: FromQuery(Name = "is_deleted"), Description("true is for admins")] bool? IsDeleted = null);
