using NpgsqlTypes;
using PgSplit.Pg;

namespace PgSplit.Follow;

/// <summary>Before every connection: that the slot still has all that was not applied yet (PROTOCOL 1.4, cases 7, 64 to 66 and 106). A slot is never made anew in silence.</summary>
static class SlotCheck
{
    /// <returns>How far the sending side had written.</returns>
    /// <exception cref="BrokenException">Changes are lost, or may be.</exception>
    public static async Task<NpgsqlLogSequenceNumber> EnsureAsync(StreamPlan plan, NpgsqlLogSequenceNumber progress, CancellationToken ct)
    {
        await using var session = await plan.From.OpenAsync("slot check", ct);
        var system = await SystemAsync(session, ct);
        if (system != plan.SendingSystem)
            throw new BrokenException($"{plan.From.Address.Route} is another cluster than the one that was prepared (system identifier {system}, was {plan.SendingSystem})");

        // Its new commits would have positions that count as applied, and be passed over in silence.
        var written = await session.ScalarAsync<NpgsqlLogSequenceNumber>("SELECT pg_current_wal_insert_lsn()", ct);
        if (written < progress)
        {
            throw new BrokenException(
                $"{plan.From.Address.Route} has lost commits: it has written to {written} only, and the other side has what it committed before {progress}. It was restored, or failed over to a server that was behind. Verify and repair, or cancel and begin again");
        }

        var slots = await session.QueryAsync(
            "SELECT plugin, database, wal_status, confirmed_flush_lsn, active_pid, to_jsonb(s) ->> 'invalidation_reason' FROM pg_replication_slots s WHERE slot_name = $1",
            r => new
            {
                Plugin = r.TextOrNull(0),
                Database = r.TextOrNull(1),
                WalStatus = r.TextOrNull(2),
                Confirmed = r.IsDBNull(3) ? default : r.GetFieldValue<NpgsqlLogSequenceNumber>(3),
                ActivePid = r.IsDBNull(4) ? (int?)null : r.GetInt32(4),
                // From 17 on.
                Invalid = r.TextOrNull(5),
            }, ct, plan.Slot);
        if (slots.Count == 0)
            throw new BrokenException($"slot lost: there is no replication slot {plan.Slot} on {plan.From.Address.Route} any more; changes since {progress} are lost to the stream. Copy again, or make a new slot and verify and repair everything");
        var slot = slots[0];
        if (slot.Plugin != "pgoutput" || slot.Database != plan.From.Address.Database)
            throw new BrokenException($"the replication slot {plan.Slot} is not ours (plugin {slot.Plugin}, database {slot.Database})");
        if (slot.Invalid is { } reason and not "wal_removed")
            throw new BrokenException($"slot lost: the server has given {plan.Slot} up ({(reason == "idle_timeout" ? "idle_replication_slot_timeout: nobody read it for so long" : reason)}). Copy again, or make a new slot and verify and repair everything");
        if (slot.WalStatus == "lost")
            throw new BrokenException($"slot lost: the server has removed WAL that {plan.Slot} still needed (max_slot_wal_keep_size). Copy again, or make a new slot and verify and repair everything");
        if (slot.Confirmed > progress)
            throw new BrokenException($"gap: the slot {plan.Slot} goes on at {slot.Confirmed}, but the receiving side has only what was committed before {progress}. It was restored, or the slot was moved. Verify and repair everything");
        // Its last user's connection is about to be noticed as dead; that passes.
        if (slot.ActivePid is { } pid)
            throw new IOException($"the slot {plan.Slot} is still used by process {pid}");

        var published = (await session.QueryAsync(
            "SELECT schemaname, tablename FROM pg_publication_tables WHERE pubname = $1",
            r => new QualifiedName(r.GetString(0), r.GetString(1)), ct, plan.Publication)).ToHashSet();
        if (plan.Tables.Where(t => !published.Contains(t)).ToList() is { Count: > 0 } missing)
            throw new BrokenException($"the publication {plan.Publication} no longer has {string.Join(", ", missing)}; changes to them may be lost. Verify and repair them once they are published again");
        return written;
    }

    public static async Task<ulong> SystemAsync(Npgsql.NpgsqlConnection session, CancellationToken ct) =>
        unchecked((ulong)await session.ScalarAsync<long>("SELECT system_identifier FROM pg_control_system()", ct));
}
