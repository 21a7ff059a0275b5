using Hdms.Kit.Events;
using Hdms.Kit.Problems;
using Hdms.Kit.Rebuild;

namespace Hdms.Kit.Database;

/// <summary>
/// Reads and writes the rows of a table of things; every write appends the event that tells of it. For things of which every event has
/// the whole row; a service says which by a class of its own: <c>sealed class NoteTable : ThingTable&lt;NoteTable, Note, NoteState, NoteImported&gt;, INamedTable</c>.
/// </summary>
/// <typeparam name="TTable">The class itself, which names the table.</typeparam>
/// <typeparam name="TRow">The row.</typeparam>
/// <typeparam name="TState">The base of its events, with everything that the row has but its version.</typeparam>
/// <typeparam name="TImported">The event of a row that came without one.</typeparam>
public abstract class ThingTable<TTable, TRow, TState, TImported>
    where TTable : INamedTable
    where TRow : class, TState, IThingRow<TRow>
    where TState : class
    where TImported : TState, new()
{
    public static readonly Table<TRow> Rows = new(TTable.Name);

    public static readonly StateTable FromEvents = StateTable.Of(TTable.Name, Rows, Stream).Whole<TState>();

    /// <summary>The row, kept from other writers until the unit of work ends. What hangs on another thing is locked after that.</summary>
    /// <exception cref="Refusal">404: there is none, or it was deleted.</exception>
    public static async Task<TRow> LockAsync(UnitOfWork unit, Guid id) =>
        await Rows.FindAsync(unit, "WHERE r.id = @id AND NOT r.is_deleted FOR UPDATE", new { id }) ?? throw Refusal.NotFound(TTable.Called);

    /// <summary>Writes a new row, with an id of its own, and tells of it as a <typeparamref name="T"/>.</summary>
    public static async Task<TRow> InsertAsync<T>(UnitOfWork unit, TRow thing)
        where T : TState, new()
    {
        ArgumentNullException.ThrowIfNull(unit);
        ArgumentNullException.ThrowIfNull(thing);
        var row = thing.Stamped(Guid.CreateVersion7(unit.Now), unit.Now, unit.Now, 1);
        await Rows.InsertAsync(unit, row);
        var e = Whole<TState>.As<T>(row);
        await unit.AppendAsync(new EventStream(row.Id, 0), e, new Audit(After: e));
        return row;
    }

    /// <summary>Writes <paramref name="after"/> over the locked row and tells of it as a <typeparamref name="T"/>.</summary>
    /// <param name="with">Fills the event's own members in.</param>
    public static async Task<TRow> SaveAsync<T>(UnitOfWork unit, TRow before, TRow after, string? reason = null, Func<T, T>? with = null)
        where T : TState, new()
    {
        ArgumentNullException.ThrowIfNull(unit);
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        var row = after.Stamped(before.Id, before.CreatedAt, unit.Now, before.Version + 1);
        await Rows.UpdateAsync(unit, row);
        var e = Whole<TState>.As<T>(row);
        await unit.AppendAsync(Stream(before), with is null ? e : with(e), Audit.Between<TState>(before, row, reason));
        return row;
    }

    static EventStream Stream(TRow row) => new(row.Id, row.Version) { Imported = () => Whole<TState>.As<TImported>(row) };
}

/// <summary>What a <see cref="ThingTable{TTable, TRow, TState, TImported}"/> is called.</summary>
public interface INamedTable
{
    static abstract string Name { get; }

    /// <summary>One of its things, in words.</summary>
    static abstract string Called { get; }
}

/// <summary>A row of a <see cref="ThingTable{TTable, TRow, TState, TImported}"/>.</summary>
public interface IThingRow<out TSelf>
{
    Guid Id { get; }

    long Version { get; }

    DateTimeOffset CreatedAt { get; }

    /// <summary>The row with these.</summary>
    TSelf Stamped(Guid id, DateTimeOffset createdAt, DateTimeOffset updatedAt, long version);
}
