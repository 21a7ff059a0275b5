using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.Tickets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Tasks;

static class ListTasks
{
    public static void Map(IEndpointRouteBuilder api)
    {
        Map(api.MapGet("/tickets/{id}/tasks", OfTicket), nameof(ListTasks), "The department's checklist of a ticket (its head and team, moderators); sorts by created_at, title, done_at");
        Map(api.MapGet("/subtickets/{id:guid}/tasks", OfSubTicket), "ListTasksOfSubTicket", "The department's checklist of a sub-ticket (its head and team, moderators); sorts by created_at, title, done_at");
    }

    static void Map(RouteHandlerBuilder route, string name, string summary) => route
        .WithName(name)
        .WithTags("Tasks")
        .WithSummary(summary)
        .WithProblems(Codes.NotFound, Codes.ValidationFailed);

    static readonly Dictionary<string, string> Sorts = new(StringComparer.Ordinal)
    {
        ["created_at"] = "r.created_at",
        ["title"] = "lower(r.title)",
        ["done_at"] = "r.done_at",
    };

    static Task<Listing<TaskView>> OfTicket(string id, [AsParameters] PageQuery page, Caller caller, TicketDesk desk, CancellationToken ct) =>
        ListAsync(page, caller, desk, "r.ticket_id = @ticket", () => Checklist.OfTicketAsync(desk, TicketKey.Of(id), caller, ct), ct);

    static Task<Listing<TaskView>> OfSubTicket(Guid id, [AsParameters] PageQuery page, Caller caller, TicketDesk desk, CancellationToken ct) =>
        ListAsync(page, caller, desk, "r.sub_ticket_id = @sub", () => Checklist.OfSubTicketAsync(desk, id, caller, ct), ct);

    static async Task<Listing<TaskView>> ListAsync(
        PageQuery page, Caller caller, TicketDesk desk, string whose, Func<Task<Checklist>> find, CancellationToken ct)
    {
        var check = new Checks();
        page.Check<TaskView>(check);
        var order = page.OrderBy(check, Sorts, "created_at", tie: "r.id");
        check.Done();
        var list = await find();
        var where = $"WHERE {whose} AND NOT r.is_deleted{(caller.Role == Role.Moderator ? "" : " AND r.department_id = @DepartmentId")}";
        var args = new { ticket = list.TicketId, sub = list.Sub?.Id, list.DepartmentId };
        return await desk.Database.ReadAsync(async connection =>
        {
            var (rows, counted) = await TaskTable.Rows.PageAsync(connection, page, where, order, args, ct);
            return new Listing<TaskView>(page, await TaskTable.ViewsAsync(connection, rows, ct), counted);
        }, ct);
    }
}
