using System.ComponentModel;
using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.Tickets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.SubTickets;

/// <summary>The sub-tickets of one ticket, and those of all tickets that are the caller's work.</summary>
static class ListSubTickets
{
    const string SortsBy = "sorts by created_at, updated_at, due_at, priority, number";

    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/subtickets", HandleMine)
            .WithName(nameof(ListSubTickets))
            .WithTags("Sub-tickets")
            .WithSummary($"Lists the caller's and their department's sub-tickets, of moderators and admins all; {SortsBy}")
            .WithProblems(Codes.Forbidden, Codes.ValidationFailed);
        api.MapGet("/tickets/{id}/subtickets", HandleOfTicket)
            .WithName("ListSubTicketsOfTicket")
            .WithTags("Sub-tickets")
            .WithSummary($"Lists a ticket's sub-tickets; {SortsBy}")
            .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.ValidationFailed);
    }

    static readonly Dictionary<string, string> Sorts = new(StringComparer.Ordinal)
    {
        ["created_at"] = "r.created_at",
        ["updated_at"] = "r.updated_at",
        ["due_at"] = "r.due_at",
        ["priority"] = "array_position(ARRAY['urgent', 'high', 'medium', 'low'], r.priority)",
        ["number"] = "r.parent_ticket_id, r.number_in_parent",
    };

    static async Task<Listing<SubTicketView>> HandleMine(
        [AsParameters] PageQuery page, [AsParameters] SubTicketFilter filter, Caller caller, TicketDesk desk, TimeProvider clock, CancellationToken ct)
    {
        var check = new Checks();
        page.Check<SubTicketView>(check);
        var order = page.OrderBy(check, Sorts, "-created_at", tie: "r.id DESC");
        var args = new DynamicParameters(new { me = caller.UserId, caller.DepartmentId });
        List<string> where = ["NOT r.is_deleted"];
        if (!caller.IsService && !caller.IsAdmin && caller.Role != Role.Moderator && !caller.Scopes.Contains(Scopes.ReadTickets))
        {
            where.Add(caller is { Role: Role.Assignee, DepartmentId: not null } ? "(r.assignee_id = @me OR r.department_id = @DepartmentId)" : "r.assignee_id = @me");
        }

        Add("status", "r.status = ANY(@status)", Filters.Words<SubTicketStatus>(check, "status", filter.Status));
        Add("department", "r.department_id = @department", filter.DepartmentId);
        Add("parent", "r.parent_ticket_id = @parent", filter.ParentId);
        if (!string.IsNullOrWhiteSpace(filter.AssigneeId))
        {
            var id = filter.AssigneeId == "me" ? caller.Person : Guid.Empty;
            check.That("assignee_id", id != Guid.Empty || Guid.TryParse(filter.AssigneeId, out id), "takes an id, or me");
            Add("assignee", "r.assignee_id = @assignee", id);
        }

        check.Done();
        return await ListAsync(desk, page, $"WHERE {string.Join(" AND ", where)}", args, order, caller, clock.GetUtcNow(), ct);

        void Add(string name, string condition, object? value)
        {
            if (value is not null)
            {
                where.Add(condition);
                args.Add(name, value);
            }
        }
    }

    static async Task<Listing<SubTicketView>> HandleOfTicket(
        string id, [AsParameters] PageQuery page, Caller caller, TicketDesk desk, TimeProvider clock, CancellationToken ct)
    {
        var check = new Checks();
        page.Check<SubTicketView>(check);
        var order = page.OrderBy(check, Sorts, "number", tie: "r.id");
        check.Done();
        var parent = await desk.SeeAsync(TicketKey.Of(id), caller, ct);
        var args = new DynamicParameters(new { parent.Ticket.Id });
        return await ListAsync(desk, page, "WHERE r.parent_ticket_id = @Id AND NOT r.is_deleted", args, order, caller, clock.GetUtcNow(), ct);
    }

    static Task<Listing<SubTicketView>> ListAsync(
        TicketDesk desk, PageQuery page, string where, DynamicParameters args, string order, Caller caller, DateTimeOffset now, CancellationToken ct) =>
        desk.Database.ReadAsync(async connection =>
        {
            var (rows, counted) = await SubTicketTable.Rows.PageAsync(connection, page, where, order, args, ct);
            var parents = await desk.SituationsAsync(connection, rows.Select(r => r.ParentTicketId), caller, now, ct);
            var situations = rows.Select(r => new SubSituation(r, parents[r.ParentTicketId])).ToList();
            return new Listing<SubTicketView>(page, await SubTicketViewing.ManyAsync(connection, situations, ct), counted);
        }, ct);
}

sealed record SubTicketFilter(
    [property: FromQuery(Name = "status"), Description("Several separated by commas")] string? Status = null,
    [property: FromQuery(Name = "department_id")] Guid? DepartmentId = null,
    [property: FromQuery(Name = "assignee_id"), Description("An id, or me")] string? AssigneeId = null,
    [property: FromQuery(Name = "parent_id"), Description("Those of one ticket")] Guid? ParentId = null);
