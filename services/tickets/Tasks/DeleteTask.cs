using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.Tickets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Tasks;

static class DeleteTask
{
    public static void Map(IEndpointRouteBuilder api) => api.MapDelete("/tasks/{id:guid}", Handle)
        .WithName(nameof(DeleteTask))
        .WithTags("Tasks")
        .WithSummary("Takes a task off the checklist (its head)")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.InvalidTransition, Codes.PreconditionFailed);

    static Task<Answer<NoBody>> Handle(Guid id, Caller caller, Preconditions preconditions, TicketDesk desk, CancellationToken ct) =>
        desk.Database.AnswerAsync(caller, async unit =>
        {
            var (task, list) = await Checklist.LockTaskAsync(desk, unit, id);
            if (!list.IsHead)
            {
                throw Refusal.Forbidden("Only the head takes tasks away.");
            }

            await preconditions.RequireAsync(unit, id, task.Version);
            list.MustBeOpen("delete_task");
            await TaskTable.SaveAsync<InternalTaskDeleted>(unit, task, task with { IsDeleted = true, DeletedAt = unit.Now });
            return Answer.NoContent();
        }, ct);
}
