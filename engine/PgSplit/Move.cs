using Npgsql;
using PgSplit.Catalog;
using PgSplit.Control;
using PgSplit.Copy;
using PgSplit.Follow;
using PgSplit.Pg;
using PgSplit.Shape;
using PgSplit.Switch;

namespace PgSplit;

/// <summary>
/// One move, from beginning to end: reads as the runbook (PROTOCOL section 1). Whoever has it holds the move's lock, so nobody else
/// works on it. Every step can be repeated; one that has been done does nothing. Its verbs are in the files beside this one.
/// </summary>
sealed partial class Move : IAsyncDisposable
{
    readonly MoveDefinition _definition;
    readonly MoveLock _lock;
    readonly PgServer _source, _target;
    readonly IProgress<MoveProgress>? _progress;
    readonly Action<string>? _say;
    Streams? _streams;
    MoveSet? _set;
    ShapeSet? _shapes;

    Move(MoveDefinition definition, MoveLock held, IProgress<MoveProgress>? progress, Action<string>? say)
    {
        (_definition, _lock, _progress, _say) = (definition, held, progress, say);
        (_source, _target) = (new PgServer(definition.Source), new PgServer(definition.Target));
    }

    /// <summary>Both streams, once the copy is done; null before.</summary>
    internal Streams? Streams => _streams;

    internal MoveDefinition Definition => _definition;

    /// <summary>Takes the move's lock, mends what a crash has left, and sets the streams going where they should be.</summary>
    /// <param name="say">Told, in a sentence, what is done and what is waited for.</param>
    /// <returns>Null where another process has the move.</returns>
    public static async Task<Move?> TryOpenAsync(MoveDefinition definition, IProgress<MoveProgress>? progress, Action<string>? say, CancellationToken ct)
    {
        if (await MoveLock.TryTakeAsync(definition, ct) is not { } held)
            return null;
        var move = new Move(definition, held, progress, say);
        try
        {
            await move.RecoverAsync(ct);
            return move;
        }
        catch
        {
            await move.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_streams is not null)
            await _streams.DisposeAsync();
        await _lock.DisposeAsync();
    }

    async Task<SwitchSides> SidesAsync(NpgsqlConnection target, string wanted, CancellationToken ct)
    {
        var state = await StateAsync(target, ct);
        if (_streams is null || state is not (MoveState.InSync or MoveState.Switched))
            throw new PgSplitException(ExitCode.Refused, $"a move that is {state} can't be {wanted}", state == MoveState.Broken ? "pgsplit status says why; then `pgsplit resume`" : "pgsplit start");
        var closing = _streams.Owner;
        var (from, to) = closing == Side.Source ? (_source, _target) : (_target, _source);
        await using var session = await from.OpenAsync("sides", ct);
        var set = await MoveSet.ReadAsync(session, _definition.TablesAt(closing), ct);
        await using var source = await _source.OpenAsync("sides", ct);
        var shapes = await ShapesAsync(source, target, ct);
        if (closing == Side.Target && shapes.NoWayBack is { } why)
            throw new PgSplitException(ExitCode.Refused, $"a move that is {state} can't be {wanted}: there is no way back across this step but the backup, and the source is not kept up: {why}", "pgsplit complete, or give each an inverse: and begin anew");
        var targetWasOpen = !shapes.IsEmpty && await Journal.WasOpenedAsync(target, _definition.Id, ct);
        return new SwitchSides
        {
            Closing = closing,
            From = from,
            To = to,
            Tables = set.Tables,
            OpeningTables = shapes.IsEmpty ? set.Tables : await TableReader.ReadAsync(closing == Side.Source ? target : source, _definition.TablesAt(closing.Other()), ct),
            Compared = [.. set.Tables.Select(t => shapes.Compared(t, sourceReads: closing == Side.Source, targetWasOpen))],
            Sequences = await ShapedMove.SequencesAsync(source, target, _definition, set, closing, ct),
        };
    }

    async Task<Streams> OpenStreamsAsync(NpgsqlConnection source, NpgsqlConnection target, CancellationToken ct)
    {
        var streams = await Streams.OpenAsync(
            _definition, await TableReader.ReadAsync(source, _definition.Tables, ct), await TableReader.ReadAsync(target, _definition.TargetTables, ct), await ShapesAsync(source, target, ct), ct);
        foreach (var (table, copied) in await CopyState.DoneAsync(target, _definition.Id, ct))
            streams.Copied(table, copied.At);
        return streams;
    }

    async Task StartStreamsAsync(NpgsqlConnection source, NpgsqlConnection target, CancellationToken ct)
    {
        _streams = await OpenStreamsAsync(source, target, ct);
        _streams.Owner = (await Journal.ReadAsync(source, _definition.Id, ct))!.Owner;
        // From the first comparison on, and for good: what is written has to be known whenever somebody switches.
        _streams.RemembersKeys = await target.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pgsplit.move_table WHERE move_id = $1 AND verified_at IS NOT NULL)", ct, _definition.Id);
        _streams.Start();
    }

    async Task StopStreamsAsync()
    {
        if (_streams is not null)
            await _streams.DisposeAsync();
        _streams = null;
    }

    async Task<MoveSet> SetAsync(NpgsqlConnection session, CancellationToken ct) => _set ??= await MoveSet.ReadAsync(session, _definition.Tables, ct);

    async Task<ShapeSet> ShapesAsync(NpgsqlConnection source, NpgsqlConnection target, CancellationToken ct) =>
        _shapes ??= await ShapeSet.OpenAsync(source, target, await ShapeState.ReadAsync(target, _definition.Id, ct), ct);

    async Task<IReadOnlyList<Table>> TargetTablesAsync(NpgsqlConnection target, MoveSet set, CancellationToken ct) =>
        _definition.Shapes.Count == 0 ? set.Tables : await TableReader.ReadAsync(target, _definition.TargetTables, ct);

    async Task<MoveState> StateAsync(NpgsqlConnection target, CancellationToken ct) => (await Journal.ReadAsync(target, _definition.Id, ct))?.State ?? MoveState.Planned;

    Task StateAsync(NpgsqlConnection session, MoveState state, string? reason, CancellationToken ct) => Journal.SetStateAsync(session, _definition.Id, state, reason, ct);
}
