using Dapper;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Tickets.Tickets;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Tickets.Timers;

/// <summary>Sets the timers of tickets that were brought here and not made here. May be done again: those that have some keep them.</summary>
public static class PlanTimers
{
    const int AtOnce = 200;

    /// <returns>How many tickets were looked at.</returns>
    public static async Task<int> RunAsync(IServiceProvider services, CancellationToken ct)
    {
        var (database, rules) = (services.GetRequiredService<ServiceDatabase>(), services.GetRequiredService<TicketRules>());
        var looked = 0;
        for (var after = Guid.Empty; ;)
        {
            var ids = await database.ReadAsync(
                async c => (await c.QueryAsync<Guid>(new CommandDefinition(
                    """
                    SELECT id FROM tickets AS t
                    WHERE id > @after AND status NOT IN ('closed', 'rejected') AND NOT is_deleted AND NOT EXISTS (SELECT FROM ticket_timers WHERE subject_id = t.id)
                    ORDER BY id LIMIT @AtOnce
                    """,
                    new { after, AtOnce },
                    cancellationToken: ct))).AsList(),
                ct);
            if (ids.Count == 0)
            {
                return looked;
            }

            await database.WriteAsync(Caller.System(), async unit =>
            {
                foreach (var ticket in await TicketTable.Rows.QueryAsync(unit, "WHERE r.id = ANY(@ids) ORDER BY r.id FOR UPDATE", new { ids = ids.ToArray() }))
                {
                    TimerTable.Plan(unit, null, ticket, rules);
                }
            }, ct);
            (after, looked) = (ids[^1], looked + ids.Count);
        }
    }
}
