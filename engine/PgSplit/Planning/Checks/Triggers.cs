using PgSplit.Pg;

namespace PgSplit.Planning.Checks;

/// <summary>Triggers that would fire for replicated rows, or are off (PROTOCOL case 45), and event triggers of others.</summary>
static class Triggers
{
    public static async Task CheckAsync(Examination x, CancellationToken ct)
    {
        var triggers = await x.AskAsync(
            """
            SELECT t.tgname, t.tgrelid::regclass::text, quote_ident(t.tgname), t.tgenabled::text
            FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
            WHERE t.tgrelid = ANY ($1) AND NOT t.tgisinternal AND t.tgparentid = 0 AND t.tgenabled <> 'O' AND p.pronamespace::regnamespace::text <> 'pgsplit'
            ORDER BY 2, 1
            """,
            r => (Name: r.GetString(0), Table: r.GetString(1), Quoted: r.GetString(2), Enabled: r.GetString(3)[0]), ct);
        foreach (var t in triggers)
        {
            var on = $"{Names.Short(t.Table)}.{t.Name}";
            if (t.Enabled == 'D')
            {
                x.Note("trigger-disabled", on, "is disabled, and will be on the target");
                continue;
            }

            x.Blocker("trigger-always", on, t.Enabled == 'A'
                ? "is ENABLE ALWAYS: it would fire on the target for every replicated row, for which it has fired on the source"
                : "is ENABLE REPLICA: it would fire on the target for every replicated row",
                $"ALTER TABLE {t.Table} ENABLE TRIGGER {t.Quoted} (in sessions of applications only), or DISABLE it until the move is complete");
        }

        foreach (var (connection, where) in new[] { (x.Source, "source"), (x.Target, "target") })
        {
            if (connection is null)
                continue;
            foreach (var name in await connection.QueryAsync(
                "SELECT e.evtname::text FROM pg_event_trigger e WHERE e.evtenabled <> 'D' AND e.evtname NOT LIKE 'pgsplit%' ORDER BY 1", r => r.GetString(0), ct))
            {
                x.Note("event-trigger", name, $"this event trigger of the {where} fires for what the move itself creates there", "see that it lets that pass");
            }
        }
    }
}
