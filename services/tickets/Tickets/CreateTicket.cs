using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.Lifecycle;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Tickets;

/// <summary>A new draft, which may be submitted in the same step. A moderator may raise it on behalf of another person.</summary>
static class CreateTicket
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/tickets", Handle)
        .WithName(nameof(CreateTicket))
        .WithTags("Tickets")
        .WithSummary("Raises a ticket: a draft, or submitted at once; for another person: moderators")
        .Creates()
        .WithProblems(Codes.Forbidden, Codes.UnknownReference, Codes.ReferenceUnavailable);

    static Task<Answer<TicketView>> Handle(CreateTicketRequest request, Caller caller, TicketDesk desk, CancellationToken ct) =>
        RaiseAsync(null, request, caller, desk, ct);

    /// <param name="id">Null: a new one of its time.</param>
    public static async Task<Answer<TicketView>> RaiseAsync(Guid? id, CreateTicketRequest request, Caller caller, TicketDesk desk, CancellationToken ct)
    {
        var me = caller.Person;
        if (request.RequesterId is { } other && other != me && caller.Role != Role.Moderator)
        {
            throw Refusal.Forbidden("Only a moderator raises tickets for other people.");
        }

        var asked = new Ticket
        {
            Title = request.Title,
            Description = request.Description,
            Priority = request.Priority,
            Category = request.Category,
            DepartmentId = request.DepartmentId,
            RequesterId = request.RequesterId ?? me,
            CreatedBy = me,
            RequiresApproval = request.RequiresApproval,
        }.Trimmed();
        var check = new Checks();
        (request.Submit ? asked.CheckComplete : (Action<Checks>)asked.Check)(check);
        check.Done();
        await desk.MustKnowAsync(asked.RequesterId, asked.DepartmentId, me, ct);
        var department = request.Submit ? await desk.DepartmentAsync(null, asked, ct) : null;
        return department is null ? await WriteAsync() : await TicketNumbers.InTurnAsync(WriteAsync, ct);

        Task<Answer<TicketView>> WriteAsync() => desk.Database.AnswerAsync(caller, async unit =>
        {
            var draft = TicketTable.New(unit, asked with { Id = id ?? Guid.CreateVersion7(unit.Now), Status = TicketStatus.Draft });
            var situation = new Situation(draft, caller, await Standing.ReadAsync(unit.Connection, caller, desk.Rules, unit.Now, ct), desk.Rules, unit.Now);
            var view = department is null ? await DraftAsync(unit, situation, desk) : await SubmitTicket.RaiseAsync(unit, situation, department, desk);
            return Answer.Created($"{Service.Api}/tickets/{view.Id}", view, view.Version);
        }, ct);
    }

    static async Task<TicketView> DraftAsync(UnitOfWork unit, Situation draft, TicketDesk desk)
    {
        await desk.Tickets.InsertAsync(unit, draft.Ticket);
        return await TicketViewing.OneAsync(unit.Connection, draft, unit.Ct);
    }
}
