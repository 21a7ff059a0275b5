using Hdms.Contracts;
using Hdms.Kit.Problems;
using Hdms.Tickets.Lifecycle;
using static Hdms.Contracts.SubTicketStatus;

namespace Hdms.Tickets.SubTickets;

/// <summary>A row of the sub-tickets' lifecycle (DOMAIN.md section 4.1): in these statuses, this action, by these people, leads there.</summary>
/// <param name="Conditions">What must hold besides, in words.</param>
sealed record SubTransition(SubTicketStatus[] From, string Action, SubTicketStatus To, Actor Who, string Conditions, string Effects)
{
    /// <summary>Says no by what is known of sub-ticket, parent and caller alone, without the request; null says yes.</summary>
    public Func<SubSituation, Refusal?> Guard { get; init; } = static _ => null;
}

/// <summary>
/// The whole lifecycle of sub-tickets. It decides what is refused and gives <c>allowed_actions</c>; no other place knows who may do
/// what, when. A sub-ticket never changes its parent's status.
/// </summary>
static class SubTicketLifecycle
{
    public static readonly IReadOnlyList<SubTransition> Table =
    [
        new([], "split", Assigned, Actor.None, "by splitting the parent, or by approving a request", "the department's head has it, and sees the parent"),
        new([Assigned, Reopened], "start", InProgress, Actor.Head, "", ""),
        new([InProgress], "progress", InProgress, Actor.Head, "0 to 100; a note when it goes down", ""),
        new([InProgress], "complete", Resolved, Actor.Head, "completion notes", "progress is 100"),
        new([Resolved], "close", Closed, Actor.Moderator, "", "the parent is counted anew; with the last one it is ready for closure"),
        new([Resolved, Closed], "reopen", Reopened, Actor.Moderator, "reopened less than twice (409 reopen_limit); the parent is not closed", "a new generation; the parent is counted anew") { Guard = MayReopen },
        new([Assigned, InProgress, Resolved, Reopened], "force_close", Closed, Actor.None, "with the parent, when that is closed by force", "closed_reason forced"),
    ];

    static readonly ILookup<string, SubTransition> ByAction = Table.ToLookup(t => t.Action, StringComparer.Ordinal);

    /// <summary>What the caller can do with the sub-ticket now, in the order of the table.</summary>
    public static IReadOnlyList<string> Allowed(SubSituation s) =>
        [.. Table.Where(t => (t.Who & s.Actors) != Actor.None && t.From.Contains(s.Sub.Status) && t.Guard(s) is null).Select(t => t.Action)];

    /// <exception cref="Refusal">422 when not in this status, or what a guard says.</exception>
    public static void MustAllow(SubSituation s, string action)
    {
        var transition = ByAction[action].FirstOrDefault(t => t.From.Contains(s.Sub.Status))
            ?? throw Refusal.InvalidTransition(s.Sub.Status.Word(), action, Allowed(s));
        if (transition.Guard(s) is { } refusal)
        {
            throw refusal;
        }
    }

    /// <exception cref="Refusal">403: what can be said without a look at the status.</exception>
    public static void MustBeTheirs(SubSituation s, string action)
    {
        if (!ByAction[action].Any(t => (t.Who & s.Actors) != Actor.None))
        {
            throw Refusal.Forbidden($"This is not yours to do: {action}.");
        }
    }

    static Refusal? MayReopen(SubSituation s) => s switch
    {
        { Parent.Ticket.IsTerminal: true } => Refusal.InvalidTransition(s.Sub.Status.Word(), "reopen", [], "The ticket that it is a part of is closed. Reopen that one first."),
        { Sub.ReopenCount: >= TicketRules.MostReopenings } => new Refusal(Codes.ReopenLimit, $"It was reopened {TicketRules.MostReopenings} times, which is the most."),
        _ => null,
    };
}
