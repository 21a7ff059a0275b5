using Hdms.Contracts;
using Hdms.Kit.Problems;

namespace Hdms.Tickets.Lifecycle;

/// <summary>A row of the lifecycle (DOMAIN.md section 4): in these statuses, this action, by these people, leads there.</summary>
/// <param name="Row">Its number in DOMAIN.md; ours go on from 38.</param>
/// <param name="Action">As in <c>POST /tickets/{id}/{action}</c> and in <c>allowed_actions</c>.</param>
/// <param name="Conditions">What must hold besides, in words, for the page that is made of the table.</param>
sealed record Transition(string Row, TicketStatus[] From, string Action, Outcome To, Actor Who, string Conditions, string Effects)
{
    /// <summary>Says no by what is known of ticket and caller alone, without the request; null says yes.</summary>
    public Func<Situation, Refusal?> Guard { get; init; } = static _ => null;

    /// <summary>The action is not refused, but would change nothing; so it is not offered.</summary>
    public Func<Situation, bool> IsIdle { get; init; } = static _ => false;

    public bool Starts(TicketStatus status) => From.Contains(status);
}

/// <summary>The statuses to which an action may lead.</summary>
/// <param name="Any">None: the status stays, or it becomes an earlier one.</param>
sealed record Outcome(TicketStatus[] Any, string Words)
{
    public static readonly Outcome Same = new([], "unchanged");

    /// <summary>The one before it was postponed.</summary>
    public static readonly Outcome Previous = new([], "previous status");

    /// <summary>The one before the action that is undone.</summary>
    public static readonly Outcome Before = new([], "as before");

    public static readonly Outcome Gone = new([], "deleted");

    /// <summary>The action may also leave the status as it is.</summary>
    public bool MayStay { get; init; }

    /// <param name="when">When the status stays, in words.</param>
    public static Outcome ToOrStay(TicketStatus to, string when) => new([to], $"{to.Word()}, or unchanged {when}") { MayStay = true };

    public static Outcome To(params TicketStatus[] any) => new(any, string.Join(" or ", any.Select(s => s.Word())));
}
