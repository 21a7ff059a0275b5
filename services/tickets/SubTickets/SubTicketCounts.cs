using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Tickets.Tickets;

namespace Hdms.Tickets.SubTickets;

/// <summary>What a parent shows of its sub-tickets. A child never changes the parent's status (DOMAIN.md section 7).</summary>
static class SubTicketCounts
{
    /// <summary>Counts the locked parent's sub-tickets anew and saves it, if anything of them has become other.</summary>
    public static async Task SaveAsync(UnitOfWork unit, Ticket parent, TicketTable tickets)
    {
        var after = await CountedAsync(unit, parent);
        if (after with { SubTicketHeads = parent.SubTicketHeads } != parent || !after.SubTicketHeads.ToHashSet().SetEquals(parent.SubTicketHeads))
        {
            await tickets.SaveAsync<TicketSubTicketsChanged>(unit, parent, after);
        }
    }

    /// <summary>The locked parent with its sub-tickets counted anew; still to be saved.</summary>
    public static async Task<Ticket> CountedAsync(UnitOfWork unit, Ticket parent)
    {
        var (all, open, heads) = await unit.SingleAsync<(int All, int Open, Guid[] Heads)>(
            """
            SELECT count(*)::int, count(*) FILTER (WHERE status <> 'closed')::int, coalesce(array_agg(DISTINCT assignee_id), '{}')
            FROM sub_tickets WHERE parent_ticket_id = @Id AND NOT is_deleted
            """,
            new { parent.Id });
        return parent with
        {
            SubTickets = all,
            OpenSubTickets = open,
            SubTicketHeads = heads,
            ProgressPercent = all == 0 || parent.ResolvedAt is not null ? parent.ProgressPercent : (all - open) * 100 / all,
        };
    }
}
