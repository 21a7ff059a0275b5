using System.ComponentModel;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Approvals;

static class ListSubstitutes
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/substitutes", Handle)
        .WithName(nameof(ListSubstitutes))
        .WithTags("Approvals")
        .WithSummary("Lists who stands in for the caller, and for whom the caller does; for moderators and admins all. Sorts by starts_at, ends_at, created_at")
        .WithProblems(Codes.Forbidden, Codes.ValidationFailed);

    static readonly Dictionary<string, string> Sorts = new(StringComparer.Ordinal)
    {
        ["starts_at"] = "r.starts_at",
        ["ends_at"] = "r.ends_at",
        ["created_at"] = "r.created_at",
    };

    const string Where =
        """
        WHERE NOT r.is_deleted
          AND (@seesAll OR r.approver_id = @me OR r.substitute_id = @me)
          AND (@ApproverId::uuid IS NULL OR r.approver_id = @ApproverId)
          AND (@past OR r.ends_at > @now)
        """;

    static async Task<Listing<SubstituteView>> Handle(
        [AsParameters] PageQuery page, [AsParameters] SubstituteFilter filter, Caller caller, ServiceDatabase db, TimeProvider clock, CancellationToken ct)
    {
        var check = new Checks();
        page.Check<SubstituteView>(check);
        var order = page.OrderBy(check, Sorts, "starts_at", tie: "r.id");
        check.Done();
        var args = new
        {
            seesAll = caller.IsService || caller.IsAdmin || caller.Role == Role.Moderator || caller.Scopes.Contains(Scopes.ReadTickets),
            me = caller.UserId,
            filter.ApproverId,
            past = filter.Past == true,
            now = clock.GetUtcNow(),
        };
        return await db.ReadAsync(async connection =>
        {
            var (rows, counted) = await SubstituteTable.Rows.PageAsync(connection, page, Where, order, args, ct);
            return new Listing<SubstituteView>(page, await SubstituteTable.ViewsAsync(connection, rows, ct), counted);
        }, ct);
    }
}

sealed record SubstituteFilter(
    [property: FromQuery(Name = "approver_id")] Guid? ApproverId = null,
    [property: FromQuery(Name = "past"), Description("Those whose time is over, too")] bool? Past = null);
