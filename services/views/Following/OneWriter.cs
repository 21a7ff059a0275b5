using System.Runtime.CompilerServices;
using Hdms.Kit.Database;

namespace Hdms.Views.Following;

/// <summary>
/// The readers of three feeds change the same rows of tickets, each in the order of its own log. One at a time, they can neither wait for
/// each other in a circle, nor count past what the other one is just adding.
/// </summary>
static class OneWriter
{
    /// <summary>
    /// With the row, how whatever follows is planned: some hundred rows are looked up by their keys, though no statistics have heard yet
    /// that there are millions. Once that is known it is planned so in any case.
    /// </summary>
    const string Hold =
        """
        SELECT only_row FROM view_writer, (SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)) AS by_key
        FOR UPDATE OF view_writer
        """;

    /// <summary>Units of work that have the row already; each event asks, and only the first of a unit has to go to the database.</summary>
    static readonly ConditionalWeakTable<UnitOfWork, object> Holders = [];

    public static async Task HoldAsync(UnitOfWork unit)
    {
        if (Holders.TryGetValue(unit, out _))
        {
            return;
        }

        if (await unit.FindAsync<bool?>(Hold) is null)
        {
            await unit.ExecuteAsync("INSERT INTO view_writer DEFAULT VALUES ON CONFLICT (only_row) DO UPDATE SET only_row = true");
        }

        Holders.Add(unit, unit);
    }
}
