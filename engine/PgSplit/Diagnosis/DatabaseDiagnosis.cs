using Npgsql;
using PgSplit.Control;
using PgSplit.Pg;
using PgSplit.Planning;

namespace PgSplit.Diagnosis;

/// <summary>What one database shows by itself: moves that nobody works on, what is left of others, WAL that is kept or gone, breaches.</summary>
static class DatabaseDiagnosis
{
    public static async Task RunAsync(PgAddress address, List<Finding> findings, CancellationToken ct)
    {
        await using var session = await new PgServer(address).OpenAsync("doctor", ct);
        await session.ExecuteAsync("SET default_transaction_read_only = on; SET lock_timeout = '2s'; SET statement_timeout = '15s'", ct);
        var installed = await Journal.IsInstalledAsync(session, ct);
        var open = installed
            ? await session.QueryAsync("SELECT move_id, side::text FROM pgsplit.move WHERE state NOT IN ('Completed', 'Cancelled') ORDER BY 1", r => (Id: r.GetString(0), IsTarget: r.GetString(1) == "T"), ct)
            : [];

        foreach (var (id, isTarget) in open)
        {
            if (await MoveLock.HolderAsync(session, id, ct) is null)
                Warn("move-forgotten", id, "the move is open and no process has it: nothing is followed, and WAL is kept for it", $"`pgsplit run` with its map, or `pgsplit cancel` if nobody wants it any more");
            if (isTarget && await Journal.ReadAsync(session, id, ct) is { State: MoveState.Broken or MoveState.Paused } stopped)
                Warn(stopped.State == MoveState.Broken ? "move-broken" : "move-paused", id, stopped.Reason ?? "no reason was kept", "put right what it says, then `pgsplit resume`");
        }

        var names = open.Select(m => $"pgsplit_{m.Id}").ToHashSet(StringComparer.Ordinal);
        bool IsKnown(string name) => names.Contains(name[..^2]);
        foreach (var (slot, status, kept) in await SlotsAsync(session, ct))
        {
            if (!IsKnown(slot))
                Warn("slot-without-move", slot, $"a slot of a move that this database does not know (any more) keeps {Size(kept)} of WAL", $"SELECT pg_drop_replication_slot('{slot}')");
            else if (status is "lost" or "unreserved")
                Warn("slot-lost", slot, status == "lost" ? "the server has removed WAL that the slot still needed: its changes are lost to the stream" : "the server is about to remove WAL that the slot needs", "while the source has the writes: `pgsplit cancel`, and begin again; once switched there is no way back any more");
        }

        foreach (var publication in await session.QueryAsync(@"SELECT pubname FROM pg_publication WHERE pubname LIKE 'pgsplit\_%' ORDER BY 1", r => r.GetString(0), ct))
        {
            if (!names.Contains(publication))
                Warn("publication-without-move", publication, "a publication of a move that this database does not know (any more)", $"DROP PUBLICATION {Sql.Name(publication)}");
        }

        // Origins belong to the whole server, and a move of another database may have this one.
        foreach (var origin in await session.QueryAsync(@"SELECT roname FROM pg_replication_origin WHERE roname LIKE 'pgsplit\_%' ORDER BY 1", r => r.GetString(0), ct))
        {
            if (!IsKnown(origin))
                findings.Add(new Finding(Severity.Note, "origin-without-move", null, origin, "an origin of a move that this database does not know; another database of the server may", $"if none does: SELECT pg_replication_origin_drop('{origin}')"));
        }

        var guards = await session.QueryAsync(@"SELECT evtname, evtenabled::text FROM pg_event_trigger WHERE evtname LIKE 'pgsplit\_guard%' ORDER BY 1", r => (Name: r.GetString(0), Enabled: r.GetString(1)), ct);
        if (guards.Count > 0 && open.Count == 0)
            Warn("guard-without-move", string.Join(", ", guards.Select(g => g.Name)), "event triggers of the guard are left, and no move is open", string.Join("; ", guards.Select(g => $"DROP EVENT TRIGGER {g.Name}")));
        if (guards.Where(g => g.Enabled == "D").Select(g => g.Name).ToList() is { Count: > 0 } off && open.Count > 0)
            Warn("guard-disabled", string.Join(", ", off), "the guard was switched off: changes of moving tables are not refused", string.Join("; ", off.Select(g => $"ALTER EVENT TRIGGER {g} ENABLE ALWAYS")));

        if (installed)
            await BreachesAsync(session, Warn, ct);

        void Warn(string code, string what, string why, string remedy) => findings.Add(new Finding(Severity.Warning, code, null, $"{what} at {address.Route}", why, remedy));
    }

    static Task<List<(string Slot, string Status, long Kept)>> SlotsAsync(NpgsqlConnection session, CancellationToken ct) => session.QueryAsync(
        """
        SELECT slot_name, coalesce(wal_status, 'lost'), coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::bigint
        FROM pg_replication_slots WHERE slot_name LIKE 'pgsplit\_%' AND NOT temporary AND database = current_database() ORDER BY 1
        """,
        r => (r.GetString(0), r.GetString(1), r.GetInt64(2)), ct);

    static async Task BreachesAsync(NpgsqlConnection session, Action<string, string, string, string> warn, CancellationToken ct)
    {
        var breaches = await session.QueryAsync(
            """
            SELECT format('%I.%I', b.schema, b.name), b.move_id, b.side::text, count(*), min(b.at), (array_agg(b.kind || ' ' || array_to_string(b.key, ',', 'null') ORDER BY b.id))[1:5]
            FROM pgsplit.breach b GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
            """,
            r => (Table: r.GetString(0), Move: r.GetString(1), Side: r.GetString(2), Count: r.GetInt64(3), At: r.GetFieldValue<DateTimeOffset>(4), Keys: r.GetFieldValue<string[]>(5)), ct);
        foreach (var b in breaches)
        {
            warn(
                "breach", b.Table,
                $"{b.Count} rows were written past the fence of {b.Move} on its closed {(b.Side == "S" ? "source" : "target")}, first at {b.At:u}: {string.Join("; ", b.Keys)}",
                $"they are kept in pgsplit.breach and nowhere carried: write on the open side what should count, delete them there, then `pgsplit verify` and `pgsplit repair`");
        }
    }

    internal static string Size(long bytes) => $"{bytes >> 20} MB";
}
