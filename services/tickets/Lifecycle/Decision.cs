using Hdms.Contracts;
using Hdms.Kit.Problems;

namespace Hdms.Tickets.Lifecycle;

/// <summary>Reads the lifecycle.</summary>
static class Decision
{
    static readonly ILookup<string, Transition> ByAction = TicketLifecycle.Table.ToLookup(t => t.Action, StringComparer.Ordinal);

    /// <summary>What the caller can do with the ticket now, and would change something by; in the order of the table.</summary>
    public static IReadOnlyList<string> Allowed(Situation s) =>
        s.Sight == Sight.Nothing
            ? []
            : [.. TicketLifecycle.Table.Where(t => IsOpen(t, s) && !t.IsIdle(s)).Select(t => t.Action).Distinct(StringComparer.Ordinal)];

    /// <summary>The row by which the caller may do it now.</summary>
    /// <exception cref="Refusal">404 when they may not see the ticket, 403 when they may never do it, 422 when not in this status, or what a guard says.</exception>
    public static Transition Of(Situation s, string action)
    {
        MustBeTheirs(s, action);
        var theirs = ByAction[action].Where(t => (t.Who & s.Actors) != Actor.None).ToArray();
        var transition = Array.Find(theirs, t => t.Starts(s.Ticket.Status))
            ?? throw Refusal.InvalidTransition(s.Ticket.Status.Word(), action, Allowed(s));
        return transition.Guard(s) switch
        {
            null => transition,
            { Code: var code } refusal when code == Codes.InvalidTransition => throw Refusal.InvalidTransition(s.Ticket.Status.Word(), action, Allowed(s), refusal.Message),
            var refusal => throw refusal,
        };
    }

    /// <summary>404 and 403 without a look at the status: what can be said before others are asked.</summary>
    public static void MustBeTheirs(Situation s, string action)
    {
        if (s.Sight == Sight.Nothing)
        {
            throw Refusal.NotFound("ticket");
        }

        if (!ByAction[action].Any(t => (t.Who & s.Actors) != Actor.None))
        {
            throw Refusal.Forbidden($"This is not yours to do: {action}.");
        }
    }

    /// <summary>The first action in the table by which the caller could bring the ticket into that status; null when none does.</summary>
    public static string? LeadingTo(Situation s, TicketStatus to)
    {
        if (s.Sight == Sight.Nothing)
        {
            throw Refusal.NotFound("ticket");
        }

        return TicketLifecycle.Table.FirstOrDefault(t => IsOpen(t, s) && (t.To.Any.Contains(to) || (t.To == Outcome.Previous && s.Ticket.PreviousStatus == to)))?.Action;
    }

    static bool IsOpen(Transition t, Situation s) => (t.Who & s.Actors) != Actor.None && t.Starts(s.Ticket.Status) && t.Guard(s) is null;
}
