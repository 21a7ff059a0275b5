using Npgsql;
using PgSplit.Copy;
using PgSplit.Follow;
using PgSplit.Pg;
using PgSplit.Verify;

namespace PgSplit.Switch;

/// <summary>
/// Takes a snapshot of either side at the same boundary between transactions, while both are in use (PROTOCOL 1.7): a slot made for the
/// purpose tells its snapshot's exact place in the stream, and the stream stops there for the moment it takes to export the other one.
/// </summary>
sealed class HeldPair : IAsyncDisposable
{
    readonly CopySnapshot _reading;
    readonly NpgsqlConnection _receiving;
    readonly ChangeStream _stream;

    HeldPair(CopySnapshot reading, NpgsqlConnection receiving, ChangeStream stream, string name)
    {
        (_reading, _receiving, _stream) = (reading, receiving, stream);
        Snapshots = new SnapshotPair(reading.Lsn, reading.Name, name);
    }

    public SnapshotPair Snapshots { get; }

    /// <param name="held">Done on the receiving side before the stream goes on: nothing is written there meanwhile.</param>
    /// <param name="release">False: the stream stays held until this is disposed of.</param>
    public static async Task<HeldPair> TakeAsync(
        string moveId, SwitchSides sides, ChangeStream stream, Action<string>? say, Func<NpgsqlConnection, Task>? held, CancellationToken ct, bool release = true)
    {
        CopySnapshot? reading = null;
        NpgsqlConnection? receiving = null;
        try
        {
            await stream.UntilAsync(stream.Gate.HoldAsync(ct), ct);
            reading = await CopySnapshot.TakeAsync(sides.From, moveId, w => say?.Invoke(w.ToString()!), ct);
            await using (var mark = await sides.From.OpenAsync("mark", ct))
                await BarrierMessage.EmitAsync(mark, moveId, 0, ct);
            await stream.UntilAsync(stream.Gate.AdvanceAsync(reading.Lsn, ct), ct);
            receiving = await sides.To.OpenAsync("snapshot", ct);
            await receiving.ExecuteAsync("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", ct);
            var name = (await receiving.ScalarAsync<string>("SELECT pg_export_snapshot()", ct))!;
            if (held is not null)
            {
                await using var writing = await sides.To.OpenAsync("held", ct);
                await held(writing);
            }

            if (release)
                stream.Gate.Release();
            return new HeldPair(reading, receiving, stream, name);
        }
        catch
        {
            // Restarted, never left stopped, whatever went wrong.
            stream.Gate.Release();
            if (receiving is not null)
                await receiving.DisposeAsync();
            if (reading is not null)
                await reading.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _stream.Gate.Release();
        await _receiving.DisposeAsync();
        await _reading.DisposeAsync();
    }
}
