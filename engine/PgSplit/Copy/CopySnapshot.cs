using System.Security.Cryptography;
using Npgsql;
using Npgsql.Replication;
using NpgsqlTypes;
using PgSplit.Pg;

namespace PgSplit.Copy;

/// <summary>
/// A snapshot of the source whose place in the stream of changes is known exactly: that of a slot made for the purpose (PROTOCOL 1.3
/// step 2, case 75). Sessions import it while this lives; once imported it stays with them.
/// </summary>
sealed class CopySnapshot : IAsyncDisposable
{
    readonly LogicalReplicationConnection _walsender;

    CopySnapshot(LogicalReplicationConnection walsender, NpgsqlLogSequenceNumber lsn, string name) => (_walsender, Lsn, Name) = (walsender, lsn, name);

    /// <summary>What was committed before is in it, what is committed from here on is not.</summary>
    public NpgsqlLogSequenceNumber Lsn { get; }

    public string Name { get; }

    /// <exception cref="PgSplitException">Refused: transactions that were there before did not end in time; they are named (case 1).</exception>
    public static async Task<CopySnapshot> TakeAsync(PgServer source, string moveId, Action<CopyWarning>? warn, CancellationToken ct)
    {
        var walsender = await source.OpenReplicationAsync("copy snapshot", ct);
        try
        {
            var slot = await SlotCreation.RunAsync(
                source, walsender, $"pgsplit_{moveId}_c_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}", temporary: true, LogicalSlotSnapshotInitMode.Export,
                b => warn?.Invoke(new CopyWarning(CopyWarningKind.SnapshotWaits, b.Pid, b.Database, b.For, b.Query, Table: null)), ct);
            return new CopySnapshot(walsender, slot.ConsistentPoint, slot.SnapshotName!);
        }
        catch
        {
            await walsender.DisposeAsync();
            throw;
        }
    }

    /// <summary>A session that sees this snapshot, in an open transaction.</summary>
    public Task<NpgsqlConnection> ImportAsync(PgServer source, string purpose, CancellationToken ct) => source.OpenAtAsync(purpose, Name, ct);

    public ValueTask DisposeAsync() => _walsender.DisposeAsync();
}
