using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.Tickets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Tasks;

static class ChangeTask
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPatch("/tasks/{id:guid}", Handle)
        .WithName(nameof(ChangeTask))
        .WithTags("Tasks")
        .WithSummary("Changes a task (head), or marks it as done or not (head, or the team member whom it names): members that are absent stay, null clears")
        .Accepts<ChangeTaskRequest>("application/json", "application/merge-patch+json")
        .WithProblems(
            Codes.Forbidden, Codes.NotFound, Codes.InvalidTransition, Codes.ValidationFailed, Codes.UnknownReference, Codes.VersionConflict, Codes.PreconditionFailed);

    static Task<Answer<TaskView>> Handle(Guid id, ChangeTaskRequest request, Caller caller, Preconditions preconditions, TicketDesk desk, CancellationToken ct)
    {
        var check = new Checks();
        if (request.Title.IsGiven)
        {
            check.Text("title", request.Title.Given, 200);
        }

        check.Done();
        return desk.Database.AnswerAsync(caller, async unit =>
        {
            var (before, list) = await Checklist.LockTaskAsync(desk, unit, id);
            MustBeTheirs(before, list, request, caller);
            await preconditions.RequireAsync(unit, id, before.Version, request.Version);
            list.MustBeOpen("change_task");
            var after = Changed(before, request, unit);
            if (after.TeamMemberId != before.TeamMemberId)
            {
                await AddTask.MustBeOfTeamAsync(unit, before.DepartmentId, after.TeamMemberId);
            }

            var saved = after == before ? before : await TaskTable.SaveAsync<InternalTaskChanged>(unit, before, after);
            return Answer.Ok((await TaskTable.ViewsAsync(unit.Connection, [saved], ct))[0], saved.Version);
        }, ct);
    }

    static void MustBeTheirs(InternalTask task, Checklist list, ChangeTaskRequest request, Caller caller)
    {
        var mayMark = task.TeamMemberId is { } named && named == caller.UserId && !request.Title.IsGiven && !request.TeamMemberId.IsGiven;
        if (!list.IsHead && !mayMark)
        {
            throw Refusal.Forbidden("The head changes tasks; whom a task names may mark it as done.");
        }
    }

    static InternalTask Changed(InternalTask before, ChangeTaskRequest request, UnitOfWork unit)
    {
        var done = request.Done.Or(before.DoneAt is not null);
        return before with
        {
            Title = request.Title.Or(before.Title).Trim(),
            TeamMemberId = request.TeamMemberId.Or(before.TeamMemberId),
            DoneAt = done ? before.DoneAt ?? unit.Now : null,
            DoneBy = done ? before.DoneBy ?? unit.By.Person : null,
        };
    }
}
