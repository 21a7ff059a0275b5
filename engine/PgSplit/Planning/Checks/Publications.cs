using PgSplit.Pg;

namespace PgSplit.Planning.Checks;

/// <summary>Replication that is there already, out of either database or into the tables that move.</summary>
static class Publications
{
    public static async Task CheckAsync(Examination x, CancellationToken ct)
    {
        foreach (var (connection, where) in new[] { (x.Source, "source"), (x.Target, "target") })
        {
            if (connection is null)
                continue;
            foreach (var name in await connection.QueryAsync("SELECT pubname::text FROM pg_publication WHERE puballtables ORDER BY 1", r => r.GetString(0), ct))
            {
                x.Warning("publication-all-tables", name, $"this publication of the {where} is FOR ALL TABLES: its subscribers get what the move writes there, too",
                    where == "source" ? "let its subscribers follow to the target after the switch" : "see that its subscribers can take the copied rows, or pause them until the copy is done");
            }
        }

        foreach (var (name, tables) in await x.AskAsync(
            """
            SELECT p.pubname::text, array_agg(r.prrelid::regclass::text ORDER BY 1)
            FROM pg_publication p JOIN pg_publication_rel r ON r.prpubid = p.oid
            WHERE r.prrelid = ANY ($1) AND p.pubname NOT LIKE 'pgsplit%' GROUP BY p.oid, p.pubname ORDER BY 1
            """,
            r => (r.GetString(0), r.GetFieldValue<string[]>(1)), ct))
        {
            x.Warning("publication", name, $"publishes {Names.Some([.. tables.Select(Names.Short)])}; after the switch its subscribers get those changes by the way back only, as long as that is there",
                "make it on the target, and let its subscribers follow after the switch");
        }

        foreach (var table in await x.AskAsync("SELECT s.srrelid::regclass::text FROM pg_subscription_rel s WHERE s.srrelid = ANY ($1) GROUP BY s.srrelid ORDER BY 1", r => r.GetString(0), ct))
        {
            x.Blocker("subscription", Names.Short(table), "a subscription writes into this table; the fence would stop it at the switch", "end the subscription, or point it to the target's side after the move; until then take the table out of the map");
        }
    }
}
