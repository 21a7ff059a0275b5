namespace Hdms.Cli.Monolith;

/// <summary>A ticket of the old system, as far as what hangs on it needs to know.</summary>
internal sealed record OldTicket(
    long Id, string? Number, string Status, string? PreviousStatus, string Priority, long Requestor, int? Department, long? Assignee, DateTime Created, DateTime? Submitted, DateTime? Assigned,
    DateTime? Started, DateTime? Resolved, DateTime? Closed, string? ClosedReason, int Version, DateTime Updated, Dice Dice)
{
    public bool IsAtWork => Status is "assigned" or "in_progress" or "waiting_approval" or "approved";
}

/// <summary>The tickets, in the order in which they were raised; old ones are closed, those of the last weeks are anywhere.</summary>
internal static class OldTickets
{
    static readonly string[] Open = ["submitted", "pending", "under_review", "assigned", "in_progress", "in_progress", "waiting_approval", "approved", "resolved", "completed", "postponed", "reopened", "draft"];

    public static IReadOnlyList<OldTicket> Make(MonolithPlan plan, OldPeople people, Dice dice)
    {
        var tickets = new List<OldTicket>(plan.Tickets);
        var numbers = new Dictionary<int, int>();
        var (closed, working, odd) = (0, 0, 0);
        for (var id = 1; id <= plan.Tickets; id++)
        {
            var ticket = One(plan, people, dice.Of("ticket", id), id);
            if (ticket.Submitted is { } submitted)
            {
                var number = numbers[submitted.Year] = numbers.GetValueOrDefault(submitted.Year) + 1;
                ticket = ticket with { Number = $"HD-{submitted.Year}-{number:D4}" };
            }

            tickets.Add(ticket.Status switch
            {
                "closed" when MonolithPlan.IsAmong(closed++, plan.ClosedWithoutReason) => ticket with { ClosedReason = null },
                "rejected" when MonolithPlan.IsAmong(odd++, plan.StatusUnknown) => ticket with { Status = "on_hold_2" },
                "assigned" or "in_progress" when MonolithPlan.IsAmong(working++, plan.AssignedWithoutAssignee) => ticket with { Assignee = null },
                _ => ticket,
            });
        }

        return tickets;
    }

    static OldTicket One(MonolithPlan plan, OldPeople people, Dice dice, int id)
    {
        // Evenly over the years, with some hours of chance, so that their order is that of their keys.
        var span = TimeSpan.FromDays(MonolithPlan.Days) / plan.Tickets;
        var created = Whole(MonolithPlan.LastDay.AddDays(-MonolithPlan.Days) + (span * (id - 1)) + (span * dice.Number("when", 1000) / 1000));
        var age = MonolithPlan.LastDay - created;
        var status = age.TotalDays > 45
            ? dice.Number("old", 100) switch { < 92 => "closed", < 98 => "rejected", 98 => "postponed", _ => "in_progress" }
            : dice.Happens("done", 0.4) ? "closed" : dice.One("open", Open);
        var submitted = status == "draft" ? (DateTime?)null : After(created, dice, "submitted", 2);
        var department = status == "draft" ? (int?)null : 1 + dice.Number("department", plan.Departments);
        var isAssigned = status is not ("draft" or "submitted" or "pending" or "under_review" or "rejected" or "reopened");
        var assigned = isAssigned ? After(submitted!.Value, dice, "assigned", 20) : (DateTime?)null;
        var started = isAssigned && status != "assigned" ? After(assigned!.Value, dice, "started", 20) : (DateTime?)null;
        var resolved = status is "resolved" or "completed" or "closed" ? After(started!.Value, dice, "resolved", 200) : (DateTime?)null;
        var closed = status == "closed" ? After(resolved!.Value, dice, "closed", 72) : (DateTime?)null;
        var last = closed ?? resolved ?? started ?? assigned ?? submitted ?? created;
        return new OldTicket(
            id, null, status, status == "postponed" ? "in_progress" : null, dice.Number("priority", 10) switch { 0 => "urgent", < 3 => "high", < 8 => "medium", _ => "low" },
            people.Requestor(dice), department, isAssigned && department is { } d ? OldPeople.HeadOf(d) : null, created, submitted, assigned, started, resolved, closed,
            closed is null ? null : dice.Happens("auto", 0.3) ? "auto" : "verified",
            status == "reopened" || dice.Happens("reopened", 0.02) ? 2 : 1, last, dice);
    }

    static DateTime After(DateTime time, Dice dice, string what, int hours) => Earlier(Whole(time.AddSeconds(60 + dice.Number(what, hours * 3600))));

    static DateTime Earlier(DateTime time) => time < MonolithPlan.LastDay ? time : MonolithPlan.LastDay;

    static DateTime Whole(DateTime time) => time.AddTicks(-(time.Ticks % TimeSpan.TicksPerMillisecond));
}
