using Hdms.Contracts;
using Hdms.Tickets.Lifecycle;
using Hdms.Tickets.Tickets;

namespace Hdms.Tickets.Tests.Lifecycle;

public sealed class TransitionTests
{
    [Fact]
    public void Every_action_of_people_has_a_handler_and_every_handler_is_in_the_table()
    {
        // These have routes of their own, or are the program's.
        string[] elsewhere = ["create", "edit", "discard", "link", "expire", "enqueue", "auto_resolve", "auto_close", "return_to_queue"];

        TicketActions.All.Select(a => a.Name).Order().ShouldBe(TicketLifecycle.Actions.Except(elsewhere).Order());
    }

    [Fact]
    public void From_every_status_but_the_ends_there_is_a_way_to_closed_or_rejected()
    {
        foreach (var status in Enum.GetValues<TicketStatus>())
        {
            var reached = new HashSet<TicketStatus> { status };
            var before = 0;
            while (before != reached.Count)
            {
                before = reached.Count;
                reached.UnionWith(TicketLifecycle.Table.Where(t => t.From.Any(reached.Contains)).SelectMany(t => t.To.Any).ToArray());
            }

            reached.ShouldContain(s => s == TicketStatus.Closed || s == TicketStatus.Rejected, $"from {status}");
        }
    }

    [Fact]
    public void A_rejected_ticket_comes_back_by_undo_alone() =>
        TicketLifecycle.Table.Where(t => t.Starts(TicketStatus.Rejected)).Select(t => t.Action).ShouldBe(["undo", "tag", "link"]);
}
