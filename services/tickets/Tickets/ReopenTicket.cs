using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Problems;
using Hdms.Tickets.Sla;

namespace Hdms.Tickets.Tickets;

/// <summary>Row 32: a closed ticket begins a new generation, twice at most.</summary>
static class ReopenTicket
{
    public static readonly TicketAction Action = new TicketAction<OptionalReasonRequest>("reopen", "Opens a closed ticket again, twice at most (moderators)", ApplyAsync)
    {
        Check = (request, check) => check.OptionalText("reason", request.Reason, 2000, min: 0),
        Problems = [Codes.ReopenLimit],
    };

    static Task<Ticket> ApplyAsync(Act<OptionalReasonRequest> act) => ReopenAsync(
        act.Unit, act.Ticket, act.Desk.Tickets, string.IsNullOrWhiteSpace(act.Request.Reason) ? null : act.Request.Reason.Trim(), decision: null);

    /// <summary>Opens the locked ticket again; a request to do so is granted by it.</summary>
    /// <param name="decision">What is said to whoever asked.</param>
    public static async Task<Ticket> ReopenAsync(UnitOfWork unit, Ticket ticket, TicketTable tickets, string? reason, string? decision)
    {
        await Endings.GrantAsync(unit, ticket, RequestKind.Reopen, decision);
        var terms = await CalendarTable.TermsAsync(unit, ticket.DepartmentId, ticket.Priority);
        return await tickets.SaveAsync<TicketReopened>(
            unit, ticket, SlaRules.Submitted(Reopened(ticket), terms, unit.Now), reason, e => e with { Reason = reason });
    }

    static Ticket Reopened(Ticket closed) => closed with
    {
        Status = TicketStatus.Reopened,
        Generation = closed.Generation + 1,
        ReopenCount = closed.ReopenCount + 1,
        ReopenRequested = false,
        AssigneeId = null,
        ClaimedBy = null,
        AssignedAt = null,
        AcknowledgedAt = null,
        AcknowledgedByTeam = [],
        StartedAt = null,
        ResolvedAt = null,
        ConfirmedAt = null,
        ClosedAt = null,
        ClosedReason = null,
        ProgressPercent = 0,
        CompletionNotes = null,
        FeedbackRating = null,
        FeedbackText = null,
        Approvers = [],
        DuplicateOf = null,
        DueOverridden = false,
        DueAt = null,
        ResponseDueAt = null,
        SlaPausedAt = null,
        SlaPausedSeconds = 0,
        Sla = SlaClocks.None,
    };
}
