using System.Text.Json;
using Hdms.Contracts;
using Hdms.Tickets.Lifecycle;
using Hdms.Tickets.Tickets;

namespace Hdms.Tickets.Tests.Walks;

/// <summary>What holds of every ticket at any time, whatever was done to it.</summary>
static class Invariants
{
    public static void ShouldHold(this Held held)
    {
        var ticket = held.Ticket;

        // One event for each version, and the last one says what the row says.
        held.Events.Select(e => e.Version).ShouldBe(Enumerable.Range(1, held.Events.Count).Select(v => (long)v));
        held.Events[^1].Version.ShouldBe(ticket.Version);
        JsonSerializer.Serialize(held.Events[^1].Ticket, Json.Tolerant).ShouldBe(JsonSerializer.Serialize(ticket, Json.Tolerant));

        held.Events.Select(e => e.Ticket.Number).SkipWhile(n => n is null).Distinct().Count().ShouldBeLessThanOrEqualTo(1, "its number changed");
        ticket.ReopenCount.ShouldBeLessThanOrEqualTo(TicketRules.MostReopenings);
        ticket.Generation.ShouldBe(ticket.ReopenCount + 1);

        ClockShouldHold(ticket.Sla.Response);
        ClockShouldHold(ticket.Sla.Resolution);
        if (ticket.Sla.Response is { } response)
            response.Segments[0].From.ShouldBe(ticket.Generation == 1 ? ticket.SubmittedAt!.Value : held.Events.Last(e => e.Type == "ticket.reopened.v1").Ticket.UpdatedAt);

        // What hangs on it agrees with it.
        var waits = ticket.Status == TicketStatus.WaitingApproval || ticket.PreviousStatus == TicketStatus.WaitingApproval;
        (held.PendingApprovals > 0).ShouldBe(waits, $"approvals that wait: {held.PendingApprovals}, while it is {ticket.Status}");
        held.Turns.ShouldBe(ticket.PendingApprovers, ignoreOrder: true);
        held.PendingRequests.Contains("postpone").ShouldBe(ticket.PostponeRequested, "a request to postpone that waits");
        held.PendingRequests.Contains("reopen").ShouldBe(ticket.ReopenRequested, "a request to reopen that waits");
        held.OpenSubTickets.ShouldBe(ticket.OpenSubTickets);
        if (ticket.IsTerminal)
            held.PendingRequests.Where(r => r != "reopen").ShouldBeEmpty("requests that wait of a ticket that has ended");
    }

    /// <summary>Every step from one event to the next is one that some row of the lifecycle makes.</summary>
    public static void StepsShouldHold(this IReadOnlyList<HeldEvent> events, int from)
    {
        for (var i = Math.Max(from, 1); i < events.Count; i++)
        {
            var (before, after) = (events[i - 1].Ticket, events[i].Ticket);
            if (before.Status != after.Status && events[i].Type != "ticket.restored.v1")
                TicketLifecycle.Table.ShouldContain(t => t.Starts(before.Status) && t.LeadsTo(before, after), $"{events[i].Type} from {before.Status} to {after.Status}");
        }
    }

    /// <summary>Whether a row of the lifecycle leads from the one to the other; where an undo leads to, only what was before can tell.</summary>
    public static bool LeadsTo(this Transition row, Ticket before, Ticket after) =>
        row.To == Outcome.Gone ? after.IsDeleted
        : row.To == Outcome.Before ? true
        : row.To == Outcome.Previous ? after.Status == before.PreviousStatus
        : row.To == Outcome.Same ? after.Status == before.Status
        : row.To.Any.Contains(after.Status) || (row.To.MayStay && after.Status == before.Status);

    /// <summary>Its segments follow one another without gap or overlap from its start to its end, and only one that runs on is open.</summary>
    static void ClockShouldHold(SlaClock? clock)
    {
        if (clock is null)
            return;
        var segments = clock.Segments;
        segments.ShouldNotBeEmpty();
        foreach (var (one, next) in segments.Zip(segments.Skip(1)))
            one.Until.ShouldBe(next.From);
        (segments[^1].Until is null).ShouldBe(clock.Outcome is null);
        segments.ShouldAllBe(s => s.Until == null || s.From <= s.Until);
        if (segments[^1].Until is { } end)
            segments.Aggregate(TimeSpan.Zero, (sum, s) => sum + (s.Until!.Value - s.From)).ShouldBe(end - segments[0].From);
    }
}
