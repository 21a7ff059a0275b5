using System.Text.Json;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;

namespace Hdms.Kit.Rebuild;

/// <summary>
/// A table of which each row is a thing with a stream of its own, and how the stream's events become the row. It has the columns of
/// every thing, <c>id</c> and <c>version</c>; the others are filled by the members of the events that have their names. What is made
/// of one stream is made of no other.
/// </summary>
/// <example><code>
/// public static readonly StateTable State = new StateTable("departments", StreamAsync) { Parts = [Team] }
///     .Whole&lt;DepartmentEventState&gt;()
///     .On&lt;TeamMemberAdded&gt;((department, added) => department.Put(Team, added));
/// </code></example>
public sealed class StateTable
{
    readonly Dictionary<string, Action<StreamState, RecordedEvent>> _folds = new(StringComparer.Ordinal);

    /// <param name="name">The table.</param>
    /// <param name="stream">
    /// Locks the row of this id and gives its stream, with <see cref="EventStream.Imported"/>: what a write of the thing begins with.
    /// </param>
    public StateTable(string name, Func<UnitOfWork, Guid, Task<EventStream>> stream) => (Name, Stream) = (name, stream);

    public string Name { get; }

    /// <summary>Tables whose rows belong to the thing and are told of on its stream.</summary>
    public IReadOnlyList<StatePart> Parts { get; init; } = [];

    /// <summary>Columns that no event tells of: they are not compared, and stay as they are.</summary>
    public IReadOnlyList<string> NotInEvents { get; init; } = [];

    /// <summary>A table of which the row alone says what its stream is: many are read at once.</summary>
    /// <param name="stream">The stream of a row, with <see cref="EventStream.Imported"/>.</param>
    public static StateTable Of<T>(string name, Table<T> rows, Func<T, EventStream> stream)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(stream);
        return new StateTable(name, async (unit, id) => stream(await rows.LockAsync(unit, id))) { OfRow = row => stream(Table<T>.Read(row)!) };
    }

    /// <summary>The stream of a row, as JSON; null where more has to be read for it.</summary>
    internal Func<string, EventStream>? OfRow { get; private init; }

    internal Func<UnitOfWork, Guid, Task<EventStream>> Stream { get; }

    internal IReadOnlyCollection<string> Types => _folds.Keys;

    /// <summary><typeparamref name="T"/>, and all events derived from it, carry the whole state: columns they do not name are empty.</summary>
    public StateTable Whole<T>() => Fold(typeof(T), (state, e) => state.Replace(e.Data));

    /// <summary><typeparamref name="T"/>, and all events derived from it, carry what changed: columns they do not name stay as they were.</summary>
    public StateTable Changes<T>() => Fold(typeof(T), (state, e) => state.Change(e.Data));

    /// <summary><typeparamref name="T"/> does what the function says, after what <see cref="Whole"/> or <see cref="Changes"/> do with it.</summary>
    public StateTable On<T>(Action<StreamState, T> fold)
    {
        ArgumentNullException.ThrowIfNull(fold);
        return Fold(typeof(T), (state, e) => fold(state, e.Data.Deserialize<T>(Json.Tolerant)!));
    }

    internal void Take(StreamState state, RecordedEvent e)
    {
        if (!_folds.TryGetValue(e.Type, out var fold))
        {
            throw new RebuildException(
                $"{e.Position} is a {e.Type} of {Name} {e.StreamId}, and the declaration of the table does not say what becomes of the row.");
        }

        fold(state, e);
        state.Version = e.StreamVersion!.Value;
    }

    StateTable Fold(Type type, Action<StreamState, RecordedEvent> fold)
    {
        foreach (var name in type.Assembly.GetTypes().Where(t => !t.IsAbstract && t.IsAssignableTo(type)).Select(t => EventShape.Of(t).Name))
        {
            _folds[name] = _folds.TryGetValue(name, out var before) ? before + fold : fold;
        }

        return this;
    }
}

/// <summary>A table whose rows belong to things of a <see cref="StateTable"/>.</summary>
/// <param name="Stream">The column with the thing's id.</param>
/// <param name="Key">The columns of its primary key.</param>
public sealed record StatePart(string Name, string Stream, params IReadOnlyList<string> Key)
{
    /// <inheritdoc cref="StateTable.NotInEvents"/>
    public IReadOnlyList<string> NotInEvents { get; init; } = [];
}

/// <summary>The log and the declared tables do not go together; the message says where.</summary>
public sealed class RebuildException(string message) : Exception(message);
