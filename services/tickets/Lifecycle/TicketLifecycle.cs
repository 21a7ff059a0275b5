using Hdms.Contracts;
using static Hdms.Contracts.TicketStatus;

namespace Hdms.Tickets.Lifecycle;

/// <summary>
/// The ticket's whole lifecycle (DOMAIN.md section 4). It decides what is refused, gives <c>allowed_actions</c>, is printed into
/// docs/lifecycle.md and is walked by the tests; no other place knows who may do what, when.
/// </summary>
static class TicketLifecycle
{
    static readonly TicketStatus[] BeforeAssignment = [Submitted, Pending, UnderReview];
    static readonly TicketStatus[] AtWork = [Assigned, InProgress, WaitingApproval, Approved];
    static readonly TicketStatus[] Active = [Submitted, Pending, UnderReview, Assigned, InProgress, WaitingApproval, Approved, Reopened];

    public static readonly IReadOnlyList<Transition> Table =
    [
        new("1", [], "create", Outcome.To(Draft, Submitted), Actor.None, "anybody who is signed in; a title; for another person: a moderator", "no number yet; expires 7 days after the last edit"),
        new("2", [Draft], "edit", Outcome.Same, Actor.Owner, "", "the 7 days begin anew"),
        new("3", [Draft], "discard", Outcome.Gone, Actor.Owner, "", "deleted softly"),
        new("3", [Draft], "expire", Outcome.Gone, Actor.System, "7 days since the last edit", "deleted softly"),
        new("4", [Draft], "submit", Outcome.To(Submitted), Actor.Owner, "title, description, department and category are there; the department takes tickets", "number; response clock; warning from 10 open tickets on") { Guard = Guards.Complete },
        new("5", [Submitted], "enqueue", Outcome.To(Pending), Actor.System, "", "in the review pool"),
        new("6", BeforeAssignment, "review", Outcome.To(UnderReview), Actor.Moderator, "no other moderator has it (409 already_claimed)", "the moderator has it") { Guard = Guards.NotClaimed, IsIdle = s => s.Ticket.Status == UnderReview && s.Ticket.ClaimedBy == s.Caller.UserId },
        new("7", [UnderReview], "request_clarification", Outcome.To(UnderReview), Actor.Moderator, "a question", "flag awaiting_requester, which the requester's answer clears"),
        new("7", [UnderReview], "clarify", Outcome.To(UnderReview), Actor.Requester | Actor.System, "a question is open", "the flag is cleared") { Guard = Guards.Awaiting },
        new("8", BeforeAssignment, "edit", Outcome.Same, Actor.Moderator, "title, description, priority, category, department", ""),
        new("9", [UnderReview, Reopened], "assign", Outcome.ToOrStay(Assigned, "while it queues"), Actor.Moderator, "the department has an active head, and room; else it queues, or override_reason", "assignee is the head; resolution clock; may be undone"),
        new("10", BeforeAssignment, "confirm_review", Outcome.To(Assigned, UnderReview), Actor.Moderator, "as 8 and 9", "review, edit and assign in one; may be undone") { Guard = Guards.NotClaimed },
        new("11", [.. BeforeAssignment, Postponed], "reject", Outcome.To(Rejected), Actor.Moderator, "a reason, or the ticket it duplicates; a postponed one only from before assignment", "clocks stop; requests are withdrawn; may be undone") { Guard = Guards.NeverAssigned },
        new("12", [Assigned], "acknowledge", Outcome.To(Assigned), Actor.Head | Actor.TeamMember, "team members for the record only", "the first time by the head stops the response clock") { IsIdle = Guards.Acknowledged },
        new("13", [Assigned, Approved], "start", Outcome.To(InProgress), Actor.Head, "", ""),
        new("14", [InProgress], "progress", Outcome.To(InProgress), Actor.Head, "0 to 100; a note when it goes down", ""),
        new("15", [.. AtWork, Postponed], "reassign", Outcome.Same, Actor.Moderator, "a reason; another department, or the same when its head changed; room", "acknowledgement begins anew; approvals stay; due time stays unless reset_sla; may be undone") { Guard = Guards.IsAssigned },
        new("16", [InProgress], "request_approval", Outcome.To(WaitingApproval), Actor.Head, "the department may ask for approvals; nobody approves their own request", "approvals; clock pauses, by setting") { Guard = Guards.MayAskForApproval },
        new("17", [WaitingApproval], "approve", Outcome.To(WaitingApproval, Approved, Resolved), Actor.Approver, "their turn", "when all positions have approved: approved, then resolved by setting") { Guard = Guards.NotOwnRequest },
        new("18", [Approved], "auto_resolve", Outcome.To(Resolved), Actor.System, "by setting; no open sub-tickets", "as 22") { Guard = Guards.NoOpenSubTickets },
        new("19", [WaitingApproval], "reject_approval", Outcome.To(Rejected), Actor.Approver, "a reason", "final; the other approvals are cancelled") { Guard = Guards.NotOwnRequest },
        new("20", [WaitingApproval], "request_changes", Outcome.To(InProgress), Actor.Approver, "a reason", "the other approvals are cancelled; clock goes on") { Guard = Guards.NotOwnRequest },
        new("21", [WaitingApproval], "withdraw_approval", Outcome.To(InProgress), Actor.Head | Actor.Moderator, "", "approvals are cancelled; clock goes on"),
        new("22", [InProgress, Approved], "complete", Outcome.To(Resolved), Actor.Head, "completion notes", "clocks stop; closes by itself after 3 days"),
        new("23", [Resolved], "confirm", Outcome.To(Resolved), Actor.Requester, "once", "rating and feedback") { Guard = Guards.NotConfirmed },
        new("24", [Resolved], "rework", Outcome.To(InProgress), Actor.Requester, "a reason", "clock goes on, with 4 hours at least"),
        new("25", [Resolved], "close", Outcome.To(Closed), Actor.Moderator, "no open sub-tickets (409 open_sub_tickets)", "closed_reason verified") { Guard = Guards.NoOpenSubTickets },
        new("26", [Resolved], "auto_close", Outcome.To(Closed), Actor.System, "3 days after it was resolved; no open sub-tickets", "closed_reason auto") { Guard = Guards.NoOpenSubTickets },
        new("27", [.. Active, Resolved, Postponed], "force_close", Outcome.ToOrStay(Closed, "until a second admin agrees"), Actor.Moderator | Actor.Admin, "a reason; an admin needs a second admin", "sub-tickets are closed, approvals and requests cancelled; closed_reason forced") { Guard = Guards.SecondAdmin },
        new("28", Active, "postpone", Outcome.To(Postponed), Actor.Moderator, "a reason", "clocks pause; may be undone"),
        new("29", [Postponed], "restart", Outcome.Previous, Actor.Moderator | Actor.Head, "", "clocks go on"),
        new("30", [Postponed], "close", Outcome.To(Closed), Actor.Moderator, "a reason; no open sub-tickets", "closed_reason forced") { Guard = Guards.NoOpenSubTickets },
        new("31", [Closed], "request_reopen", Outcome.To(Closed), Actor.Requester | Actor.Moderator, "a reason; reopened less than twice (409 reopen_limit); one request at a time", "") { Guard = Guards.MayAskToReopen },
        new("32", [Closed], "reopen", Outcome.To(Reopened), Actor.Moderator, "reopened less than twice (409 reopen_limit)", "a new generation: new clocks, a new chat, stamps cleared") { Guard = Guards.MayReopen },
        new("34", [.. Active, Rejected, Postponed], "undo", Outcome.Before, Actor.Moderator, "by the same moderator, within 15 minutes, and nothing has happened since (409 undo_expired, undo_not_last)", "everything as before the action; a head who has gone since as in 37") { Guard = Guards.MayUndo },
        new("35", [.. Active, Postponed], "change_priority", Outcome.Same, Actor.Moderator, "", "due times are worked out anew unless set by hand; the head acknowledges or disputes"),
        new("35", [.. Active, Postponed], "change_due", Outcome.Same, Actor.Moderator, "a reason", "the head acknowledges or disputes"),
        new("36", [Submitted, Pending], "withdraw", Outcome.To(Closed), Actor.Requester, "by setting, off by default", "closed_reason withdrawn") { Guard = Guards.MayWithdraw },
        new("37", AtWork, "return_to_queue", Outcome.To(UnderReview), Actor.System, "the head was deactivated and the department has no other; what was postponed or resolved then, when it goes on", "approvals are cancelled; clock pauses until assigned again"),
        new("38", Active, "merge", Outcome.To(Closed), Actor.Moderator, "into another ticket that is not closed; no open sub-tickets", "duplicate_of; closed_reason forced") { Guard = Guards.NoOpenSubTickets },
        new("39", [UnderReview, .. AtWork, Reopened], "split", Outcome.Same, Actor.Moderator, "1 to 20 at once; departments with active heads", "sub-tickets"),
        new("40", AtWork, "request_sub_ticket", Outcome.Same, Actor.Head, "title, department, reason", "moderators decide"),
        new("41", AtWork, "request_postpone", Outcome.Same, Actor.Head, "a reason; one at a time", "moderators decide") { Guard = Guards.NoPostponeRequest },
        new("42", [.. AtWork, Postponed], "acknowledge_sla", Outcome.Same, Actor.Head, "a change of priority or due time waits for it", "") { Guard = Guards.SlaChangeWaits },
        new("43", [.. AtWork, Postponed], "dispute_sla", Outcome.Same, Actor.Head, "a change of priority or due time waits for it; a reason", "moderators are told") { Guard = Guards.SlaChangeWaits },
        new("44", [.. Active, Resolved, Closed, Postponed, Rejected], "tag", Outcome.Same, Actor.Moderator, "up to 20 tags", ""),
        new("45", [.. Active, Resolved, Closed, Postponed, Rejected], "link", Outcome.Same, Actor.Moderator, "to another ticket", ""),
    ];

    /// <summary>Every action there is, in the order of the table.</summary>
    public static IReadOnlyList<string> Actions { get; } = [.. Table.Select(t => t.Action).Distinct(StringComparer.Ordinal)];
}
