using Hdms.Contracts;
using Hdms.Tickets.Tickets;

namespace Hdms.Tickets.Sla;

/// <summary>Moves a ticket's clocks (DOMAIN.md section 7, Clocks). Pure: the ticket as it was, what happened, and when.</summary>
static class SlaRules
{
    /// <summary>Submitted: the response clock begins.</summary>
    public static Ticket Submitted(Ticket t, SlaTerms terms, DateTimeOffset now) => throw new NotSupportedException();

    /// <summary>Assigned: the resolution clock begins, or goes on; the response clock takes over the new terms and keeps its start.</summary>
    public static Ticket Assigned(Ticket t, SlaTerms terms, DateTimeOffset now) => throw new NotSupportedException();

    /// <summary>Acknowledged by the head: the response clock stops.</summary>
    public static Ticket Acknowledged(Ticket t, DateTimeOffset now) => throw new NotSupportedException();

    /// <summary>Both clocks stand still; again changes nothing.</summary>
    public static Ticket Paused(Ticket t, string why, WorkCalendar calendar, DateTimeOffset now) => throw new NotSupportedException();

    /// <summary>Both go on with what they have left.</summary>
    public static Ticket Resumed(Ticket t, string why, WorkCalendar calendar, DateTimeOffset now) => throw new NotSupportedException();

    /// <summary>Resolved, closed or rejected: both stop, and what they have met or breached stays.</summary>
    public static Ticket Stopped(Ticket t, DateTimeOffset now) => throw new NotSupportedException();

    /// <summary>Sent back to work: the resolution clock goes on with what it had left, with <paramref name="least"/> of business time at least.</summary>
    public static Ticket Reworked(Ticket t, TimeSpan least, WorkCalendar calendar, DateTimeOffset now) => throw new NotSupportedException();

    /// <summary>Another priority, template or calendar: what was used and paused so far stays, the budget is new.</summary>
    public static Ticket Retermed(Ticket t, SlaTerms terms, DateTimeOffset now) => throw new NotSupportedException();

    /// <summary>The resolution clock begins anew (reassigned with reset_sla).</summary>
    public static Ticket Restarted(Ticket t, SlaTerms terms, DateTimeOffset now) => throw new NotSupportedException();

    /// <summary>A moderator set the due time by hand; templates no longer move it.</summary>
    public static Ticket DueSet(Ticket t, DateTimeOffset dueAt, DateTimeOffset now) => throw new NotSupportedException();

    /// <summary>When a quarter of the clock's budget is left (DOMAIN.md section 6, colours).</summary>
    public static DateTimeOffset WarnAt(SlaClock clock) => throw new NotSupportedException();
}
