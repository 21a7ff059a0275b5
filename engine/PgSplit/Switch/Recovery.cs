using PgSplit.Control;
using PgSplit.Follow;
using PgSplit.Pg;

namespace PgSplit.Switch;

/// <summary>
/// After a crash at any step of a switch: the two journals tell what had been committed (PROTOCOL 1.8, failure table). Run before anything
/// else whenever a move is opened; where nothing is amiss it changes nothing.
/// </summary>
static class Recovery
{
    /// <returns>What was done, in a sentence; null where nothing was to be done.</returns>
    /// <exception cref="BrokenException">The journals contradict each other.</exception>
    public static async Task<string?> RunAsync(MoveDefinition definition, IReadOnlyList<SequencePair> sequences, CancellationToken ct)
    {
        var servers = new Dictionary<Side, PgServer> { [Side.Source] = new(definition.Source), [Side.Target] = new(definition.Target) };
        await using var source = await servers[Side.Source].OpenAsync("recovery", ct);
        await using var target = await servers[Side.Target].OpenAsync("recovery", ct);
        var records = new Dictionary<Side, MoveRecord>();
        foreach (var (side, session) in new[] { (Side.Source, source), (Side.Target, target) })
        {
            if (await Journal.ReadAsync(session, definition.Id, ct) is not { } record)
                return null;
            records[side] = record;
        }

        var (high, low) = records[Side.Source].Epoch >= records[Side.Target].Epoch ? (Side.Source, Side.Target) : (Side.Target, Side.Source);
        var (newer, older) = (records[high], records[low]);
        if (newer.Epoch == older.Epoch)
        {
            return newer.Open && older.Open
                ? throw new BrokenException($"both sides say that they are open at epoch {newer.Epoch}. Close one by hand (`pgsplit doctor`) before anything else")
                : null;
        }

        var behind = low == Side.Source ? source : target;
        await using var transaction = await behind.BeginTransactionAsync(ct);
        if (newer.Open)
        {
            // It was restored from a backup of before the switch, without the fence (case 103).
            await SideChange.CloseAsync(behind, definition.Id, high, older.Epoch, newer.Epoch, null, servers[high].Address, [.. sequences.Select(s => s.At(low))], ct);
            await transaction.CommitAsync(ct);
            return $"the {Name(low)} was at epoch {older.Epoch} and open, though the {Name(high)} has the writes since epoch {newer.Epoch}: it is closed again. What was written to it meanwhile is found by `pgsplit verify`";
        }

        // Closed there, not opened here: both are closed. All that was committed there is durable here, or it would not have been closed.
        await SideChange.OpenAsync(behind, definition.Id, low, older.Epoch, newer.Epoch, newer.BarrierLsn, servers[low].Address, ct);
        await transaction.CommitAsync(ct);
        await SettleAsync(definition.Id, low, target, ct);
        return $"a switch had stopped with both sides closed: the {Name(low)} is open now, as it was to be (epoch {newer.Epoch})";
    }

    /// <summary>The state that follows from who has the writes.</summary>
    public static Task SettleAsync(string moveId, Side owner, Npgsql.NpgsqlConnection target, CancellationToken ct) =>
        Journal.SetStateAsync(target, moveId, owner == Side.Target ? MoveState.Switched : MoveState.InSync, null, ct);

    static string Name(Side side) => side == Side.Source ? "source" : "target";
}
