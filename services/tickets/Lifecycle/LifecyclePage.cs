using System.Text;
using Hdms.Contracts;
using Hdms.Tickets.SubTickets;

namespace Hdms.Tickets.Lifecycle;

/// <summary>Prints the lifecycle as a page with a diagram: docs/lifecycle.md, which a test compares.</summary>
static class LifecyclePage
{
    public static string Print()
    {
        var page = new StringBuilder();
        page.Append(
            """
            # A ticket's lifecycle

            Made from [the table in code](../services/tickets/Lifecycle/TicketLifecycle.cs), which decides what is refused, gives each ticket its `allowed_actions` and is walked by the tests.
            An action that is not allowed in a status is 422 `invalid_transition`; by somebody who may not do it, 403; on a ticket that they may not see, 404.

            ## The statuses

            The rejected, closed and discarded ones are ends; a closed ticket can be reopened twice, and what a moderator did last can be undone for 15 minutes.

            ```mermaid
            stateDiagram-v2
                [*] --> draft: create

            """);
        foreach (var line in Arrows())
        {
            page.Append("    ").Append(line).Append('\n');
        }

        page.Append(
            """
            ```

            Not drawn: what leaves the status as it is, postponing and restarting (from every active status and back), closing by force, merging and undoing.

            ## The table

            | row | from | action | to | who | conditions | effects |
            |---|---|---|---|---|---|---|

            """);
        foreach (var t in TicketLifecycle.Table)
        {
            page.Append($"| {t.Row} | {From(t)} | `{t.Action}` | {t.To.Words} | {Who(t.Who)} | {t.Conditions} | {t.Effects} |\n");
        }

        page.Append(
            """

            Rows have the numbers of the organisation's own table; from 38 on they are additions. `completed` is another name of `complete`.

            ## Sub-tickets

            Parts of a ticket that other departments do have [a table of their own](../services/tickets/SubTickets/SubTicketLifecycle.cs). A part never changes its parent's status.

            | from | action | to | who | conditions | effects |
            |---|---|---|---|---|---|

            """);
        foreach (var t in SubTicketLifecycle.Table)
        {
            var from = t.From.Length == 0 ? "–" : string.Join(", ", t.From.Select(s => s.Word()));
            page.Append($"| {from} | `{t.Action}` | {t.To.Word()} | {(t.Who == Actor.None ? "–" : Who(t.Who))} | {t.Conditions} | {t.Effects} |\n");
        }

        return page.ToString().ReplaceLineEndings("\n");
    }

    static IEnumerable<string> Arrows() =>
    [
        .. (
            from t in TicketLifecycle.Table
            where t.Action is not ("force_close" or "merge" or "undo" or "postpone" or "return_to_queue")
            from @from in t.From
            from to in t.To.Any
            where @from != to && @from != TicketStatus.Postponed
            group t.Action by (From: @from, To: to) into edge
            select $"{edge.Key.From.Word()} --> {edge.Key.To.Word()}: {string.Join(", ", edge.Distinct(StringComparer.Ordinal))}").Distinct(StringComparer.Ordinal),
        "rejected --> [*]",
        "closed --> [*]",
    ];

    static string From(Transition t) => t.From.Length == 0 ? "–" : string.Join(", ", t.From.Select(s => s.Word()));

    static string Who(Actor who) => who == Actor.None
        ? "anybody"
        : string.Join(", ", Enum.GetValues<Actor>().Where(a => a != Actor.None && who.HasFlag(a)).Select(a => a.Word().Replace('_', ' ')));
}
