using Hdms.Kit.Database;
using Hdms.Tickets.Lifecycle;
using Hdms.Tickets.Tickets;

namespace Hdms.Tickets.Timers;

/// <summary>The timers' rows. Only what a change of the ticket changes is written.</summary>
static class TimerTable
{
    public static async Task PlanAsync(UnitOfWork unit, Ticket? before, Ticket after, TicketRules rules)
    {
        var old = TimerPlan.Of(before, rules);
        var now = TimerPlan.Of(after, rules);
        var set = now.Where(t => !old.TryGetValue(t.Key, out var at) || at != t.Value).ToArray();
        var gone = old.Keys.Except(now.Keys).ToArray();
        if (set.Length + gone.Length == 0)
        {
            return;
        }

        await unit.ExecuteAsync(
            """
            WITH gone AS (DELETE FROM ticket_timers WHERE subject_id = @id AND kind = ANY(@gone))
            INSERT INTO ticket_timers (subject_id, kind, due_at)
            SELECT @id, kind, due_at FROM unnest(@kinds, @dues) AS t (kind, due_at)
            ON CONFLICT (subject_id, kind) DO UPDATE SET due_at = excluded.due_at, fired = 0
            """,
            new
            {
                id = after.Id,
                gone = gone.Select(k => k.Word()).ToArray(),
                kinds = set.Select(t => t.Key.Word()).ToArray(),
                dues = set.Select(t => t.Value).ToArray(),
            });
    }
}
