using Hdms.Contracts;

namespace Hdms.Communication.Notifications;

/// <summary>One line of what people are told: to whom, of which type, in which words.</summary>
sealed record News(IEnumerable<Guid> To, NotificationType Type, string Says, string? Detail = null);

/// <summary>Whom each event of a ticket is told to, and how (DOMAIN.md section 4, the column N).</summary>
static class TicketNews
{
    /// <param name="before">The ticket as it was heard of last.</param>
    public static IEnumerable<News> Of(TicketState t, RoomState? before, Circle c) => t switch
    {
        TicketSubmitted => [new(c.Pool, NotificationType.TicketCreated, "was raised", t.Description)],
        TicketEdited e when e.Changed.Intersect(["priority", "department_id"], StringComparer.Ordinal).Any() => [Status([c.Requester], "was changed by a moderator")],
        TicketReviewStarted => [Status([c.Requester], "is being reviewed")],
        TicketClarificationRequested q => [Status([c.Requester], "needs an answer from you", q.Question)],
        TicketClarified a => [Status(c.Moderators, "was explained", a.Answer)],
        TicketQueued => [Status([c.Requester], "waits for room in its department")],
        TicketAssigned => [new(c.HeadOnly, NotificationType.TicketAssigned, "was assigned to you"), Status([c.Requester], "was assigned")],
        TicketReassigned r =>
        [
            new(c.HeadOnly, NotificationType.TicketAssigned, "was assigned to you"),
            Status([c.Requester, .. c.Moderators, .. Some(r.PreviousAssigneeId)], "was given to another department or head"),
        ],
        TicketReturnedToQueue => [Status(c.Pool, "is with the moderators again, its head being gone")],
        TicketRejected => [Status([c.Requester], "was rejected", t.RejectionReason)],
        TicketMerged => [Status([c.Requester], "was merged into another ticket")],
        TicketStarted => [Status([c.Requester, .. c.Moderators], "is being worked on")],
        TicketProgressed p => [Status([c.Requester, .. c.Moderators], $"is {t.ProgressPercent} % done", p.Note)],
        TicketApproved => [Decision([c.Requester, .. c.HeadOnly, .. c.Moderators], t.Status == TicketStatus.WaitingApproval ? "has one more approval" : "was approved")],
        TicketApprovalRejected => [Decision([c.Requester, .. c.HeadOnly, .. c.Moderators], "was not approved", t.RejectionReason)],
        TicketChangesRequested r => [Decision([.. c.HeadOnly, .. c.Moderators], "is to be changed before it is approved", r.Reason)],
        TicketResolved => [Status([c.Requester, .. c.Moderators], "is resolved", t.CompletionNotes)],
        TicketConfirmed => [Status([.. c.HeadOnly, .. c.Moderators], "was confirmed", t.FeedbackText)],
        TicketReworked r => [Status([.. c.HeadOnly, .. c.Moderators], "was sent back to work", r.Reason)],
        TicketClosed { ClosedReason: ClosedReason.Withdrawn } => [Status(c.Pool, "was withdrawn")],
        TicketClosed x => [Status([c.Requester, .. c.HeadOnly], "was closed", x.Reason)],
        TicketPostponed => [new([c.Requester, .. c.HeadOnly], NotificationType.TicketPostponed, "was postponed", t.PostponementReason)],
        TicketRestarted => [Status([c.Requester, .. c.HeadOnly, .. c.Moderators], "goes on")],
        TicketReopenRequested => [Status(c.Pool, "is asked to be reopened")],
        TicketReopened r => [new([c.Requester, .. Some(before?.AssigneeId), .. c.Moderators], NotificationType.TicketReopened, "was reopened", r.Reason)],
        TicketRestored => [Status([c.Requester, .. c.HeadOnly, .. Some(before?.AssigneeId)], "is as it was: the last action was undone")],
        TicketSlaChanged => [Status([c.Requester, .. c.HeadOnly], "has another priority or due time")],
        TicketSlaAnswered { SlaAnswer: SlaAckState.Disputed } => [Status(c.Moderators, "has a due time that its head disputes", t.SlaAnswerReason)],
        TicketSubTicketsChanged { SubTickets: > 0, OpenSubTickets: 0, IsTerminal: false } =>
            [new(c.Moderators, NotificationType.SubticketStatusChanged, "has no open sub-tickets any more")],
        _ => [],
    };

    /// <summary>Of a sub-ticket (DOMAIN.md section 4.1).</summary>
    public static IEnumerable<News> Of(SubTicketState s, Circle c) => s switch
    {
        SubTicketCreated => [new([s.AssigneeId], NotificationType.SubticketCreated, "was assigned to you")],
        SubTicketReassigned => [new([s.AssigneeId], NotificationType.SubticketCreated, "was assigned to you")],
        SubTicketStarted => [Sub(c.Moderators, "is being worked on")],
        SubTicketProgressed p => [Sub(c.Moderators, $"is {s.ProgressPercent} % done", p.Note)],
        SubTicketResolved => [Sub(c.Moderators, "is resolved", s.CompletionNotes)],
        SubTicketClosed => [Sub([c.Requester, s.AssigneeId], "was closed")],
        SubTicketReopened r => [Sub([s.AssigneeId], "was reopened", r.Reason)],
        _ => [],
    };

    /// <summary>Of what comes due, or was not looked at in time.</summary>
    public static IEnumerable<News> Of(TicketAlerted a, Circle c) => a.Kind switch
    {
        TicketAlert.ResponseWarning => [Reminder([.. Some(a.AssigneeId), .. c.Moderators], "is to be acknowledged soon")],
        TicketAlert.ResponseBreached => [Reminder([.. Some(a.AssigneeId), .. c.Moderators], "was not acknowledged in time")],
        TicketAlert.ResolutionWarning => [Reminder([.. Some(a.AssigneeId), .. c.Moderators], "is due soon")],
        TicketAlert.ResolutionBreached => [Reminder([.. Some(a.AssigneeId), .. c.Moderators], "is past its due time")],
        TicketAlert.Unreviewed => [Reminder(c.Pool, "has waited for a review for a day")],
        TicketAlert.Unacknowledged => [Reminder([.. Some(a.AssigneeId), .. c.Moderators], "has not been acknowledged for a day")],
        TicketAlert.ApprovalReminder => [Reminder(a.PendingApprovers, "waits for your approval")],
        TicketAlert.PostponeReminder => [Reminder([.. Some(a.AssigneeId), .. c.Moderators], "is still postponed")],
        TicketAlert.PostponeEscalated => [Reminder([.. Some(a.AssigneeId), .. c.Pool], "has been postponed for long")],
        TicketAlert.AutoCloseBlocked => [Reminder(c.Moderators, "could not close by itself: sub-tickets are open")],
        TicketAlert.AutoCloseReminder => [new([a.RequesterId, .. c.Moderators], NotificationType.AutoCloseReminder, "closes by itself soon")],
        _ => [],
    };

    static News Status(IEnumerable<Guid> to, string says, string? detail = null) => new(to, NotificationType.TicketStatusChanged, says, detail);

    static News Decision(IEnumerable<Guid> to, string says, string? detail = null) => new(to, NotificationType.ApprovalDecision, says, detail);

    static News Sub(IEnumerable<Guid> to, string says, string? detail = null) => new(to, NotificationType.SubticketStatusChanged, says, detail);

    static News Reminder(IEnumerable<Guid> to, string says) => new(to, NotificationType.TicketReminder, says);

    static IEnumerable<Guid> Some(Guid? one) => one is { } known ? [known] : [];
}
