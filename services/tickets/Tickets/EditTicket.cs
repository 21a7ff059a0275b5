using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.Lifecycle;
using Hdms.Tickets.Organisation;
using Hdms.Tickets.Sla;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Tickets;

/// <summary>Rows 2 and 8: the owner edits a draft, a moderator a ticket that is not assigned yet.</summary>
static class EditTicket
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPatch("/tickets/{id}", Handle)
        .WithName(nameof(EditTicket))
        .WithTags("Tickets")
        .WithSummary("Changes a draft (its owner) or a ticket before assignment (moderators): members that are absent stay, null clears")
        .Accepts<EditTicketRequest>("application/json", "application/merge-patch+json")
        .WithProblems(
            Codes.Forbidden, Codes.NotFound, Codes.InvalidTransition, Codes.UnknownReference, Codes.ReferenceUnavailable, Codes.VersionConflict, Codes.PreconditionFailed);

    static async Task<Answer<TicketView>> Handle(
        string id, EditTicketRequest request, Caller caller, Preconditions preconditions, TicketDesk desk, CancellationToken ct)
    {
        var key = TicketKey.Of(id);
        Decision.MustBeTheirs(await desk.LookAsync(key, caller, ct), "edit");
        var department = request.DepartmentId is { IsGiven: true, Given: { } asked } ? await desk.Users.DepartmentAsync(asked, "department_id", ct) : null;
        return await desk.Database.AnswerAsync(caller, async unit =>
        {
            var situation = await desk.LockAsync(unit, key);
            Decision.MustBeTheirs(situation, "edit");
            await preconditions.RequireAsync(unit, situation.Ticket.Id, situation.Ticket.Version, request.Version);
            Decision.Of(situation, "edit");
            var ticket = await EditAsync(unit, situation.Ticket, request, department, desk.Tickets);
            return Answer.Ok(await TicketViewing.OneAsync(unit.Connection, situation.After(ticket), ct), ticket.Version);
        }, ct);
    }

    /// <summary>Saves what is other than before; nothing when nothing is.</summary>
    public static async Task<Ticket> EditAsync(UnitOfWork unit, Ticket before, EditTicketRequest request, DepartmentFacts? department, TicketTable tickets)
    {
        var after = (before with
        {
            Title = request.Title.Or(before.Title),
            Description = request.Description.Or(before.Description),
            Priority = request.Priority.Or(before.Priority),
            Category = request.Category.Or(before.Category),
            DepartmentId = request.DepartmentId.Or(before.DepartmentId),
            RequiresApproval = request.RequiresApproval.Or(before.RequiresApproval),
        }).Trimmed();
        var check = new Checks();
        (before.Status == TicketStatus.Draft ? after.Check : (Action<Checks>)after.CheckComplete)(check);
        check.Done();
        if (department is not null)
        {
            await DepartmentReplica.HoldOpenAsync(unit, department);
        }

        if (after == before)
        {
            return before;
        }

        // It waited for room in the department that it had.
        if (after.DepartmentId != before.DepartmentId)
        {
            after = after with { QueuedAt = null };
        }

        if (before.SubmittedAt is not null && (after.Priority != before.Priority || after.DepartmentId != before.DepartmentId))
        {
            after = SlaRules.Retermed(after, await CalendarTable.TermsAsync(unit, after.DepartmentId, after.Priority), unit.Now);
        }

        return await tickets.SaveAsync<TicketEdited>(unit, before, after, with: e => e with { Changed = Changed(before, after) });
    }

    static string[] Changed(Ticket before, Ticket after) =>
    [
        .. new[]
        {
            (Name: "title", Is: before.Title != after.Title),
            (Name: "description", Is: before.Description != after.Description),
            (Name: "priority", Is: before.Priority != after.Priority),
            (Name: "category", Is: before.Category != after.Category),
            (Name: "department_id", Is: before.DepartmentId != after.DepartmentId),
            (Name: "requires_approval", Is: before.RequiresApproval != after.RequiresApproval),
        }.Where(c => c.Is).Select(c => c.Name),
    ];
}
