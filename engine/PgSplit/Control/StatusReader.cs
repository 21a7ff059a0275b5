using Npgsql;
using PgSplit.Pg;
using PgSplit.Shape;

namespace PgSplit.Control;

/// <summary>Reads a move's status from its two databases; changes nothing, needs no process to run.</summary>
static class StatusReader
{
    public static async Task<MoveStatus?> ReadAsync(MoveDefinition definition, CancellationToken ct)
    {
        await using var source = await new PgServer(definition.Source).OpenAsync("status", ct);
        await using var target = await new PgServer(definition.Target).OpenAsync("status", ct);
        if (await Journal.ReadAsync(target, definition.Id, ct) is not { } t || await Journal.ReadAsync(source, definition.Id, ct) is not { } s)
            return null;

        var owner = s.Epoch > t.Epoch ? s.Owner : t.Owner;
        var (forward, back) = (await StreamAsync(source, target, definition, "f", "S", ct), await StreamAsync(target, source, definition, "r", "T", ct));
        return new MoveStatus
        {
            Move = definition.Id,
            State = t.State.ToString(),
            Reason = t.Reason,
            Epoch = Math.Max(s.Epoch, t.Epoch),
            WritesAt = s.Open ? "source" : t.Open ? "target" : "nobody",
            Source = definition.Source.Route,
            Target = definition.Target.Route,
            Process = await MoveLock.HolderAsync(target, definition.Id, ct),
            Tables = await target.QueryAsync(
                """
                SELECT schema, name, estimated_rows, bytes, copied_rows, copied_bytes, copied_at_lsn IS NOT NULL, verified_at IS NOT NULL
                FROM pgsplit.move_table m WHERE move_id = $1
                  -- A partitioned table has no rows of its own: its partitions are there.
                  AND NOT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'p' AND n.nspname = m.schema AND c.relname = m.name)
                ORDER BY 1, 2
                """,
                r => new TableStatus(new QualifiedName(r.GetString(0), r.GetString(1)).ToString(), r.GetInt64(2), r.GetInt64(3), r.GetInt64(4), r.GetInt64(5), r.GetBoolean(6), r.GetBoolean(7)),
                ct, definition.Id),
            Forward = forward,
            Back = back,
            Verification = await VerificationAsync(source, target, owner, definition, ct),
            WayBack = (await ShapeState.ReadAsync(target, definition.Id, ct)).FirstOrDefault(s => s.NoWayBack is not null) is { } table
                ? $"none across this step but the backup: {table}: {table.NoWayBack}"
                : WayBack(t.State, owner == Side.Source ? forward : back),
            Guard = await GuardAsync(source, ct),
            Breaches = await target.ScalarAsync<long>("SELECT count(*) FROM pgsplit.breach WHERE move_id = $1", ct, definition.Id)
                + await source.ScalarAsync<long>("SELECT count(*) FROM pgsplit.breach WHERE move_id = $1", ct, definition.Id),
            Doing = await target.ScalarAsync<string>(
                "SELECT verb || coalesce(': ' || (progress->>'phase'), '') FROM pgsplit.request WHERE move_id = $1 AND begun_at IS NOT NULL AND finished_at IS NULL ORDER BY id LIMIT 1", ct, definition.Id),
        };
    }

    /// <summary>What counts of the last verification: the keys that were written since are on the receiving side.</summary>
    public static async Task<VerificationStatus> VerificationAsync(NpgsqlConnection source, NpgsqlConnection target, Side owner, MoveDefinition definition, CancellationToken ct)
    {
        var receiving = owner == Side.Source ? target : source;
        var touched = await receiving.ScalarAsync<long>("SELECT count(*) FROM pgsplit.touched WHERE move_id = $1", ct, definition.Id);
        var differences = await target.ScalarAsync<long>("SELECT count(*) FROM pgsplit.diff WHERE move_id = $1", ct, definition.Id);
        var (tables, verified, oldest, rows) = (await target.QueryAsync(
            "SELECT count(*), count(verified_at), min(verified_at), coalesce(sum(verified_rows), 0)::bigint FROM pgsplit.move_table WHERE move_id = $1",
            r => (r.GetInt64(0), r.GetInt64(1), r.IsDBNull(2) ? (DateTimeOffset?)null : r.GetFieldValue<DateTimeOffset>(2), r.GetInt64(3)), ct, definition.Id))[0];
        var stale = oldest is { } at && await target.ScalarAsync<bool>("SELECT clock_timestamp() - $1 > $2", ct, at, definition.Options.VerificationValidFor);
        // A write past the fence may have changed what was found equal.
        foreach (var side in new[] { source, target })
            stale |= await side.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pgsplit.breach WHERE move_id = $1 AND NOT seen)", ct, definition.Id);
        var state = differences > 0 ? "failed" : verified < tables || tables == 0 ? "unverified" : stale ? "stale" : "verified";
        return new VerificationStatus(state, oldest, rows, differences, touched);
    }

    static async Task<StreamStatus?> StreamAsync(NpgsqlConnection sending, NpgsqlConnection receiving, MoveDefinition definition, string suffix, string side, CancellationToken ct)
    {
        var slot = $"{definition.ObjectName}_{suffix}";
        var rows = await sending.QueryAsync(
            """
            SELECT active, coalesce(wal_status, 'lost'), coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn), 0)::bigint, coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::bigint
            FROM pg_replication_slots WHERE slot_name = $1
            """,
            r => (r.GetBoolean(0), r.GetString(1), r.GetInt64(2), r.GetInt64(3)), ct, slot);
        if (rows.Count == 0)
            return null;
        var beat = await receiving.QueryAsync(
            "SELECT at FROM pgsplit.heartbeat WHERE move_id = $1 AND side = $2", r => (DateTimeOffset?)r.GetFieldValue<DateTimeOffset>(0), ct, definition.Id, side);
        return new StreamStatus(slot, rows[0].Item1, rows[0].Item2, rows[0].Item3, rows[0].Item4, beat.Count > 0 ? beat[0] : null);
    }

    static string WayBack(MoveState state, StreamStatus? stream) => (state, stream) switch
    {
        (MoveState.Completed or MoveState.Cancelled, _) => "none: the move is over",
        (_, null) => "none yet: the stream back does not run",
        (MoveState.Broken, _) => "not available: the move is broken",
        (_, { WalStatus: "lost" }) => "not available: the slot has lost WAL",
        (_, { Active: false }) => "waiting: nobody reads the stream (`pgsplit run`)",
        (_, { LagBytes: > 64 << 20 }) => $"behind by {stream!.LagBytes >> 20} MB",
        _ => "ready",
    };

    static async Task<string> GuardAsync(NpgsqlConnection source, CancellationToken ct) =>
        await source.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_event_trigger WHERE evtname LIKE 'pgsplit%' AND evtenabled <> 'D')", ct) ? "refuses" : "detect only";
}
