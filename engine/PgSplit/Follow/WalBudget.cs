using Npgsql;
using PgSplit.Control;
using PgSplit.Pg;

namespace PgSplit.Follow;

/// <summary>A server keeps WAL for a slot that does not come on, until its disk is full: before that, the slot goes (I12, PROTOCOL 1.6).</summary>
static class WalBudget
{
    public static async Task EnsureAsync(MoveDefinition definition, NpgsqlConnection source, NpgsqlConnection target, Streams? streams, Action<string>? say, CancellationToken ct)
    {
        foreach (var (session, suffix, side) in new[] { (source, "f", Side.Source), (target, "r", Side.Target) })
        {
            var slot = $"{definition.ObjectName}_{suffix}";
            var kept = await session.ScalarAsync<long>(
                "SELECT coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::bigint FROM pg_replication_slots WHERE slot_name = $1", ct, slot);
            if (kept > definition.Options.WalBudgetBytes)
            {
                if (streams is not null)
                    await streams.StopAsync(side);
                await StreamObjects.DropSlotAsync(session, slot, ct);
                var reason = $"the {(side == Side.Source ? "source" : "target")} kept {kept >> 20} MB of WAL for {slot}, more than the budget of {definition.Options.WalBudgetBytes >> 20} MB: the slot was dropped, so that its disk stays safe";
                await Journal.SetStateAsync(target, definition.Id, MoveState.Broken, reason, ct);
                say?.Invoke(reason);
            }
            else if (kept > definition.Options.WalBudgetBytes / 2)
            {
                say?.Invoke($"{slot} keeps {kept >> 20} MB of WAL, more than half of its budget");
            }
        }
    }
}
