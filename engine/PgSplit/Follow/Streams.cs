using NpgsqlTypes;
using PgSplit.Catalog;
using PgSplit.Control;
using PgSplit.Pg;
using PgSplit.Shape;

namespace PgSplit.Follow;

/// <summary>
/// The two streams of a move (PROTOCOL 1.0): F from source to target, R back. Both run from the end of the copy to the end of the move;
/// which one carries anything is decided by the fences alone.
/// </summary>
sealed class Streams : IAsyncDisposable
{
    readonly MoveDefinition _definition;
    readonly IReadOnlyList<Table> _source, _target;
    readonly Dictionary<QualifiedName, NpgsqlLogSequenceNumber?> _copiedAt = [];
    readonly ulong _sourceSystem, _targetSystem;
    readonly ShapeSet _shapes;
    readonly FlawKeys? _flaws;

    Streams(MoveDefinition definition, IReadOnlyList<Table> source, IReadOnlyList<Table> target, ShapeSet shapes, ulong sourceSystem, ulong targetSystem)
    {
        (_definition, _source, _target, _shapes, _sourceSystem, _targetSystem) = (definition, source, target, shapes, sourceSystem, targetSystem);
        _flaws = shapes.Tables.Any(t => t.Rules.Count > 0) ? new FlawKeys() : null;
        Forward = new ChangeStream(Plan(Side.Source));
        Back = new ChangeStream(Plan(Side.Target));
    }

    public ChangeStream Forward { get; private set; }

    public ChangeStream Back { get; private set; }

    /// <summary>Whether keys that are written are kept for verification.</summary>
    public bool RemembersKeys { get; set; }

    /// <summary>The side whose writes are real; the stream that reads the other one must see nothing but our own.</summary>
    public Side Owner { get; set; }

    /// <summary>The stream that reads this side.</summary>
    public ChangeStream From(Side side) => side == Side.Source ? Forward : Back;

    public static async Task<Streams> OpenAsync(MoveDefinition definition, IReadOnlyList<Table> source, IReadOnlyList<Table> target, ShapeSet shapes, CancellationToken ct)
    {
        await using var s = await new PgServer(definition.Source).OpenAsync("streams", ct);
        await using var t = await new PgServer(definition.Target).OpenAsync("streams", ct);
        return new Streams(definition, source, target, shapes, await SlotCheck.SystemAsync(s, ct), await SlotCheck.SystemAsync(t, ct));
    }

    /// <summary>From which position on changes of a table are applied; a partitioned table's is that of its partitions.</summary>
    public void Copied(QualifiedName table, NpgsqlLogSequenceNumber at) => _copiedAt[table] = at;

    /// <summary>Where the stream that reads this side keeps how far it is.</summary>
    public string OriginOf(Side sending) => Plan(sending).Origin;

    public void Start()
    {
        Forward.Start();
        Back.Start();
    }

    /// <summary>Ends the stream that reads this side; its origin and slot are free then.</summary>
    public ValueTask StopAsync(Side sending) => From(sending).DisposeAsync();

    /// <summary>Begins it again, where it was.</summary>
    public async Task RestartAsync(Side sending)
    {
        await StopAsync(sending);
        var stream = new ChangeStream(Plan(sending));
        if (sending == Side.Source)
            Forward = stream;
        else
            Back = stream;
        stream.Start();
    }

    public async ValueTask DisposeAsync()
    {
        await Forward.DisposeAsync();
        await Back.DisposeAsync();
    }

    StreamPlan Plan(Side sending)
    {
        var forward = sending == Side.Source;
        var (from, to) = forward ? (_source, _target) : (_target, _source);
        var name = _definition.ObjectName;
        return new StreamPlan
        {
            MoveId = _definition.Id,
            From = new PgServer(forward ? _definition.Source : _definition.Target),
            To = new PgServer(forward ? _definition.Target : _definition.Source),
            SendingSide = sending.Letter(),
            Slot = forward ? $"{name}_f" : $"{name}_r",
            Origin = forward ? $"{name}_f" : $"{name}_r",
            DroppedOrigin = forward ? $"{name}_r" : $"{name}_f",
            Publication = name,
            SendingSystem = forward ? _sourceSystem : _targetSystem,
            Tables = _definition.TablesAt(sending),
            Flaws = _flaws,
            KeysChange = !forward && _shapes.ChangesKeys,
            IsClosed = () => Owner != sending,
            // What is closed sends nothing but the echo of what the other stream writes: that can wait while there is much to catch up with.
            Yields = () => Owner != sending && From(forward ? Side.Target : Side.Source).IsCatchingUp,
            Match = (relation, columns) => from.FirstOrDefault(t => t.Name == relation) is not { } table ? null
                : _shapes.ProjectionOf(relation, forward) is { } projection ? ShapedRelation.Match(
                    projection, _definition.Id, back: !forward, columns, forward ? () => CopiedAt(table) : null, () => RemembersKeys)
                // What cannot be carried back whole is not carried back in parts.
                : !forward && _shapes.NoWayBack is not null ? null
                : RelationMap.Match(relation, columns, table, to.First(t => t.Name == relation), forward ? () => CopiedAt(table) : null, () => RemembersKeys),
        };
    }

    NpgsqlLogSequenceNumber? CopiedAt(Table table)
    {
        if (table.HoldsRows)
            return _copiedAt.GetValueOrDefault(table.Name);
        var parts = _source.Where(t => t.HoldsRows && t.Root == table.Root).Select(t => _copiedAt.GetValueOrDefault(t.Name)).ToList();
        // Without partitions there was nothing to copy.
        return parts.Count == 0 ? new NpgsqlLogSequenceNumber(0) : parts.Contains(null) ? null : parts.Max();
    }
}
