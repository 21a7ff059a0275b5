using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Tickets.Approvals;
using Hdms.Tickets.Organisation;
using Hdms.Tickets.Tickets;

namespace Hdms.Tickets.Timers;

/// <summary>What each timer does (DOMAIN.md section 6). It runs in a unit of work, so it may run twice and tells nobody but by events.</summary>
sealed class TimerActions(TicketTable tickets, TicketRules rules)
{
    static readonly Dictionary<string, TimerKind> Kinds = Enum.GetValues<TimerKind>().ToDictionary(k => k.Word(), StringComparer.Ordinal);

    public async Task FireAsync(UnitOfWork unit, DueTimer timer)
    {
        var kind = Kinds[timer.Kind];
        if (kind == TimerKind.TakeFromQueue)
        {
            if (await TakeAsync(unit, timer))
            {
                await DepartmentQueue.TakeAsync(unit, timer.SubjectId, tickets);
            }

            return;
        }

        // The ticket first, as everybody who changes both does; its own change may have moved the timer in the meantime.
        var ticket = await TicketTable.Rows.FindAsync(unit, "WHERE r.id = @SubjectId FOR UPDATE", new { timer.SubjectId });
        if (!await TakeAsync(unit, timer) || ticket is null or { IsDeleted: true })
        {
            return;
        }

        await FireAsync(unit, ticket, kind, timer);
    }

    Task FireAsync(UnitOfWork unit, Ticket t, TimerKind kind, DueTimer timer) => kind switch
    {
        TimerKind.Expire => DiscardTicket.DiscardAsync(unit, t, tickets),
        TimerKind.Enqueue => tickets.SaveAsync<TicketEnqueued>(unit, t, t with { Status = TicketStatus.Pending }),
        TimerKind.Unreviewed => Alerts.RaiseAsync(unit, t, TicketAlert.Unreviewed, About(t.SubmittedAt)),
        TimerKind.Unacknowledged => Alerts.RaiseAsync(unit, t, TicketAlert.Unacknowledged, About(t.AssignedAt)),
        TimerKind.ResponseWarning => Alerts.RaiseAsync(unit, t, TicketAlert.ResponseWarning, About(t.ResponseDueAt), t.ResponseDueAt),
        TimerKind.ResponseBreach => Alerts.RaiseAsync(unit, t, TicketAlert.ResponseBreached, About(t.ResponseDueAt), t.ResponseDueAt),
        TimerKind.ResolutionWarning => Alerts.RaiseAsync(unit, t, TicketAlert.ResolutionWarning, About(t.DueAt), t.DueAt),
        TimerKind.ResolutionBreach => Alerts.RaiseAsync(unit, t, TicketAlert.ResolutionBreached, About(t.DueAt), t.DueAt),
        TimerKind.ApprovalReminder => RemindAsync(unit, t, _ => TicketAlert.ApprovalReminder, t.ApprovalRequestedAt!.Value, timer, TicketRules.ApprovalReminderEvery),
        TimerKind.PostponeReminder => RemindAsync(
            unit, t, times => times >= 3 ? TicketAlert.PostponeEscalated : TicketAlert.PostponeReminder, t.PostponedAt!.Value, timer, TicketRules.PostponeReminderEvery),
        TimerKind.AutoResolve => AutoResolve.ResolveAsync(unit, t, tickets),
        TimerKind.AutoCloseReminder => Alerts.RaiseAsync(unit, t, TicketAlert.AutoCloseReminder, About(t.ResolvedAt), t.ResolvedAt + rules.CloseAfter),
        TimerKind.AutoClose => AutoCloseAsync(unit, t),
        TimerKind.AcknowledgeSla => tickets.SaveAsync<TicketSlaAnswered>(unit, t, AnswerSlaChange.Answered(t, SlaAckState.AutoAcknowledged, null)),
        _ => throw new InvalidOperationException($"Nobody knows what to do when {kind} is due."),
    };

    /// <summary>Row 26; what still has open sub-tickets is left to the moderators.</summary>
    async Task AutoCloseAsync(UnitOfWork unit, Ticket t)
    {
        if (t.OpenSubTickets > 0)
        {
            await Alerts.RaiseAsync(unit, t, TicketAlert.AutoCloseBlocked, About(t.ResolvedAt));
            return;
        }

        await Endings.EndRequestsAsync(unit, t);
        await tickets.SaveAsync<TicketClosed>(unit, t, CloseTicket.Closed(t, ClosedReason.Auto, unit.Now));
    }

    /// <summary>
    /// Tells, and plans the next time. Which one it is goes by the time that has passed: after a long stop one tells for all that were
    /// missed, and a timer that was planned anew, as by a restart, neither tells again nor leaves one out.
    /// </summary>
    static async Task RemindAsync(UnitOfWork unit, Ticket t, Func<int, TicketAlert> kind, DateTimeOffset since, DueTimer timer, TimeSpan every)
    {
        var times = (int)((unit.Now - since) / every);
        await Alerts.RaiseAsync(unit, t, kind(times), $"{About(since)}#{times}");
        await unit.ExecuteAsync(
            "INSERT INTO ticket_timers (subject_id, kind, due_at, fired) VALUES (@SubjectId, @Kind, @next, @times)",
            new { timer.SubjectId, timer.Kind, next = since + (every * (times + 1)), times });
    }

    /// <summary>Takes the row, unless another process has, or the ticket's own change has moved it.</summary>
    static async Task<bool> TakeAsync(UnitOfWork unit, DueTimer timer) => await unit.ExecuteAsync(
        "DELETE FROM ticket_timers WHERE subject_id = @SubjectId AND kind = @Kind AND due_at = @Due AND fired = @Fired",
        new { timer.SubjectId, timer.Kind, timer.Due, timer.Fired }) == 1;

    static string About(DateTimeOffset? at) => at?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture) ?? "";
}
