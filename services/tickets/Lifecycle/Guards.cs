using Hdms.Contracts;
using Hdms.Kit.Problems;

namespace Hdms.Tickets.Lifecycle;

/// <summary>The conditions of the lifecycle that ticket and caller alone decide; null says yes.</summary>
static class Guards
{
    public static Refusal? Complete(Situation s)
    {
        var check = new Checks();
        s.Ticket.CheckComplete(check);
        return check.Ok ? null : new Refusal(Codes.ValidationFailed, "Before it can be submitted, a ticket needs a description, a department and a category.") { Errors = check.Errors };
    }

    public static Refusal? NotClaimed(Situation s) => s.Ticket is { Status: TicketStatus.UnderReview, ClaimedBy: { } holder } && holder != s.Caller.UserId
        ? new Refusal(Codes.AlreadyClaimed, "Another moderator is reviewing it.") { Members = new Dictionary<string, object?> { ["claimed_by"] = holder } }
        : null;

    public static Refusal? Awaiting(Situation s) => s.Ticket.AwaitingRequester ? null : Not(s, "clarify", "No question is open.");

    public static Refusal? NeverAssigned(Situation s) =>
        s.Ticket is { Status: TicketStatus.Postponed, PreviousStatus: not (TicketStatus.Submitted or TicketStatus.Pending or TicketStatus.UnderReview) }
            ? Not(s, "reject", "It was assigned before it was postponed; restart it, or close it.")
            : null;

    public static bool Acknowledged(Situation s) =>
        s.Actors.HasFlag(Actor.Head) ? s.Ticket.AcknowledgedAt is not null : s.Caller.UserId is { } me && s.Ticket.AcknowledgedByTeam.Contains(me);

    public static Refusal? IsAssigned(Situation s) => s.Ticket.AssigneeId is null ? Not(s, "reassign", "It was never assigned; restart it, then assign it.") : null;

    public static Refusal? MayAskForApproval(Situation s) => s.Ticket.DepartmentId is { } department && s.Standing.ApprovalDepartments.Contains(department)
        ? null
        : Refusal.Forbidden("This department does not ask for approvals.");

    public static Refusal? NotOwnRequest(Situation s) => s.Caller.UserId == s.Ticket.ApprovalRequestedBy || s.Caller.UserId == s.Ticket.RequesterId
        ? new Refusal(Codes.SelfApproval, "Nobody decides on what they asked for themselves.")
        : null;

    public static Refusal? NoOpenSubTickets(Situation s) => s.Ticket.OpenSubTickets == 0
        ? null
        : new Refusal(Codes.OpenSubTickets, $"Sub-tickets that are still open: {s.Ticket.OpenSubTickets}.")
        {
            Members = new Dictionary<string, object?> { ["open_sub_tickets"] = s.Ticket.OpenSubTickets },
        };

    public static Refusal? NotConfirmed(Situation s) => s.Ticket.ConfirmedAt is null ? null : Not(s, "confirm", "It is confirmed already.");

    public static Refusal? SecondAdmin(Situation s) => !s.Actors.HasFlag(Actor.Moderator) && s.Ticket.ForceCloseRequestedBy == s.Caller.UserId
        ? new Refusal(Codes.SelfApproval, "You asked for it already; another admin has to agree.")
        : null;

    public static Refusal? MayReopen(Situation s) => s.Ticket.ReopenCount < TicketRules.MostReopenings
        ? null
        : new Refusal(Codes.ReopenLimit, $"It was reopened {TicketRules.MostReopenings} times, which is the most. Open a new ticket.");

    public static Refusal? MayAskToReopen(Situation s) =>
        MayReopen(s) ?? (s.Ticket.ReopenRequested ? new Refusal(Codes.AlreadyExists, "A request to reopen it waits already.") : null);

    public static Refusal? MayUndo(Situation s) => s.Ticket switch
    {
        { UndoAction: null } => new Refusal(Codes.UndoNotLast, "Nothing can be undone: something has happened since, or the last action is not one of those that can."),
        var t when t.UndoBy != s.Caller.UserId => Refusal.Forbidden("Only the moderator who did it can undo it."),
        var t when t.UndoUntil < s.Now => new Refusal(Codes.UndoExpired, $"It could be undone until {t.UndoUntil:u}."),
        _ => null,
    };

    public static Refusal? MayWithdraw(Situation s) => s.Rules.RequestersMayWithdraw ? null : Refusal.Forbidden("Requesters do not withdraw tickets here.");

    public static Refusal? NoPostponeRequest(Situation s) =>
        s.Ticket.PostponeRequested ? new Refusal(Codes.AlreadyExists, "A request to postpone it waits already.") : null;

    public static Refusal? SlaChangeWaits(Situation s) =>
        s.Ticket.SlaChangedAt is not null ? null : Not(s, "acknowledge_sla", "No change of priority or due time waits for an answer.");

    static Refusal Not(Situation s, string action, string why) => Refusal.InvalidTransition(s.Ticket.Status.Word(), action, [], why);
}
