using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.Tickets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Tasks;

static class AddTask
{
    public static void Map(IEndpointRouteBuilder api)
    {
        Map(api.MapPost("/tickets/{id}/tasks", ToTicket), nameof(AddTask), "Adds a task to the department's checklist of a ticket (its head)");
        Map(api.MapPost("/subtickets/{id:guid}/tasks", ToSubTicket), "AddTaskToSubTicket", "Adds a task to the department's checklist of a sub-ticket (its head)");
    }

    static void Map(RouteHandlerBuilder route, string name, string summary) => route
        .WithName(name)
        .WithTags("Tasks")
        .WithSummary(summary)
        .Creates()
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.InvalidTransition, Codes.ValidationFailed, Codes.UnknownReference);

    static Task<Answer<TaskView>> ToTicket(string id, AddTaskRequest request, Caller caller, TicketDesk desk, CancellationToken ct)
    {
        var key = TicketKey.Of(id);
        return AddAsync(request, caller, desk, unit => Checklist.LockTicketAsync(desk, unit, key), ct);
    }

    static Task<Answer<TaskView>> ToSubTicket(Guid id, AddTaskRequest request, Caller caller, TicketDesk desk, CancellationToken ct) =>
        AddAsync(request, caller, desk, unit => Checklist.LockSubTicketAsync(desk, unit, id), ct);

    static Task<Answer<TaskView>> AddAsync(AddTaskRequest request, Caller caller, TicketDesk desk, Func<UnitOfWork, Task<Checklist>> find, CancellationToken ct)
    {
        var check = new Checks();
        check.Text("title", request.Title, 200);
        check.Done();
        return desk.Database.AnswerAsync(caller, async unit =>
        {
            var list = await find(unit);
            if (!list.IsHead)
            {
                throw Refusal.Forbidden("Only the head makes the department's checklist.");
            }

            list.MustBeOpen("add_task");
            await MustBeOfTeamAsync(unit, list.DepartmentId!.Value, request.TeamMemberId);
            var task = await TaskTable.InsertAsync(unit, new InternalTask
            {
                TicketId = list.TicketId,
                SubTicketId = list.Sub?.Id,
                DepartmentId = list.DepartmentId.Value,
                Title = request.Title.Trim(),
                TeamMemberId = request.TeamMemberId,
            });
            return Answer.Created($"{Service.Api}/tasks/{task.Id}", (await TaskTable.ViewsAsync(unit.Connection, [task], ct))[0], task.Version);
        }, ct);
    }

    /// <exception cref="Refusal">422 <c>unknown_reference</c>.</exception>
    public static async Task MustBeOfTeamAsync(UnitOfWork unit, Guid department, Guid? member)
    {
        if (member is not null && !await unit.SingleAsync<bool>(
            "SELECT EXISTS (SELECT FROM tickets_replica_team_members WHERE department_id = @department AND user_id = @member)", new { department, member }))
        {
            throw Refusal.UnknownReference("team_member_id", "That is nobody of the department's team.");
        }
    }
}
