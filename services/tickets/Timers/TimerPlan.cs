using Hdms.Contracts;
using Hdms.Tickets.Sla;
using Hdms.Tickets.Tickets;

namespace Hdms.Tickets.Timers;

/// <summary>When something of a ticket happens by itself; worked out of the ticket alone, so that whatever changes the ticket changes its timers.</summary>
static class TimerPlan
{
    public static IReadOnlyDictionary<TimerKind, DateTimeOffset> Of(Ticket? ticket, TicketRules rules) =>
        ticket is null or { IsDeleted: true } ? new Dictionary<TimerKind, DateTimeOffset>() : All(ticket, rules).ToDictionary(t => t.Kind, t => t.At);

    static IEnumerable<(TimerKind Kind, DateTimeOffset At)> All(Ticket t, TicketRules rules)
    {
        switch (t.Status)
        {
            case TicketStatus.Draft:
                yield return (TimerKind.Expire, t.UpdatedAt + TicketRules.DraftsLast);
                break;
            case TicketStatus.Submitted:
                yield return (TimerKind.Enqueue, t.SubmittedAt!.Value);
                yield return (TimerKind.Unreviewed, t.SubmittedAt!.Value + TicketRules.AttentionAfter);
                break;
            case TicketStatus.Pending:
                yield return (TimerKind.Unreviewed, t.SubmittedAt!.Value + TicketRules.AttentionAfter);
                break;
            case TicketStatus.Assigned when t.AcknowledgedAt is null:
                yield return (TimerKind.Unacknowledged, t.AssignedAt!.Value + TicketRules.AttentionAfter);
                break;
            case TicketStatus.WaitingApproval:
                yield return (TimerKind.ApprovalReminder, t.ApprovalRequestedAt!.Value + TicketRules.ApprovalReminderEvery);
                break;
            case TicketStatus.Approved when rules.CompleteOnApproval && t.OpenSubTickets == 0:
                yield return (TimerKind.AutoResolve, t.UpdatedAt);
                break;
            case TicketStatus.Resolved:
                yield return (TimerKind.AutoCloseReminder, t.ResolvedAt!.Value + TicketRules.CloseReminderAfter);
                yield return (TimerKind.AutoClose, t.ResolvedAt!.Value + rules.CloseAfter);
                break;
            case TicketStatus.Postponed:
                yield return (TimerKind.PostponeReminder, t.PostponedAt!.Value + TicketRules.PostponeReminderEvery);
                break;
        }

        if (t.Sla.Response is { Outcome: null, DueAt: { } responseDue } response && IsRunning(response))
        {
            yield return (TimerKind.ResponseWarning, SlaRules.WarnAt(response));
            yield return (TimerKind.ResponseBreach, responseDue);
        }

        if (t.Sla.Resolution is { Outcome: null } resolution && IsRunning(resolution) && t.DueAt is { } due)
        {
            yield return (TimerKind.ResolutionWarning, SlaRules.WarnAt(resolution));
            yield return (TimerKind.ResolutionBreach, due);
        }

        if (t.SlaChangedAt is { } changed)
        {
            yield return (TimerKind.AcknowledgeSla, changed + rules.AcknowledgeChangesWithin);
        }
    }

    static bool IsRunning(SlaClock clock) => clock.Segments is [.., { Kind: SlaSegmentKind.Running, Until: null }];
}
