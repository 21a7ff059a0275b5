using Hdms.Contracts;
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

    static async Task<Ticket> ApplyAsync(Act<OptionalReasonRequest> act)
    {
        var reason = string.IsNullOrWhiteSpace(act.Request.Reason) ? null : act.Request.Reason.Trim();
        await Endings.GrantRequestAsync(act.Unit, act.Ticket, RequestKind.Reopen);
        var terms = await CalendarTable.TermsAsync(act.Unit, act.Ticket.DepartmentId, act.Ticket.Priority);
        return await act.SaveAsync<TicketReopened>(
            SlaRules.Submitted(Reopened(act.Ticket), terms, act.Now), reason, e => e with { Reason = reason });
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
