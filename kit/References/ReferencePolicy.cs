using Hdms.Kit.Database;
using Hdms.Kit.Events;

namespace Hdms.Kit.References;

/// <summary>What becomes of rows that refer to a thing which another service deletes: foreign keys' <c>ON DELETE</c>, across services.</summary>
public enum OnDelete
{
    /// <summary>The row stays as it is. It is listed as dangling, and <c>hdms doctor</c> shows it until somebody gives it another reference.</summary>
    Restrict,

    /// <summary>The reference is emptied.</summary>
    Detach,

    /// <summary>The row is deleted, softly.</summary>
    Cascade,
}

/// <summary>A row that a policy changed, for the event that tells of it.</summary>
/// <param name="Id">The row.</param>
/// <param name="Version">Its version after the change.</param>
/// <param name="Target">The deleted thing that it referred to.</param>
public sealed record TouchedRow(Guid Id, long Version, Guid Target)
{
    /// <summary>Its stream as it was before, to which the event is appended.</summary>
    public EventStream Stream => new(Id, Version - 1);
}

/// <summary>
/// One reference and its policy. Called by the handler of the event that tells of the deletion, in that handler's unit of
/// work; again for the same event, it finds nothing left to do. Rows that are deleted themselves are left alone: restoring
/// one checks its references, as creating one does.
/// </summary>
/// <example><code>
/// static readonly ReferencePolicy Department = new("tickets", "sla_templates", "department_id", OnDelete.Cascade,
///     (work, row) => work.AppendAsync(row.Stream, new SlaTemplateDeleted(row.Id)));
/// …
/// await Department.ApplyAsync(work, deleted.DepartmentId);
/// </code></example>
public sealed class ReferencePolicy
{
    readonly string _service;
    readonly string _table;
    readonly string _column;
    readonly OnDelete _onDelete;
    readonly Func<UnitOfWork, TouchedRow, Task>? _append;

    /// <param name="service">The service whose table it is.</param>
    /// <param name="table">With the columns of every thing: <c>id, version, updated_at, is_deleted, deleted_at</c>.</param>
    /// <param name="column">The id of the other service's thing.</param>
    /// <param name="append">Appends the event of a row that was changed, since rows can be rebuilt from events; not needed to restrict.</param>
    public ReferencePolicy(string service, string table, string column, OnDelete onDelete, Func<UnitOfWork, TouchedRow, Task>? append = null)
    {
        if (onDelete != OnDelete.Restrict && append is null)
        {
            throw new ArgumentNullException(nameof(append), $"A row of {table} changes, so an event must tell.");
        }

        Name = $"{table}.{column}";
        _service = service;
        _table = Sql.Name(table);
        _column = Sql.Name(column);
        _onDelete = onDelete;
        _append = append;
    }

    /// <summary><c>table.column</c>, as in the list of dangling references.</summary>
    public string Name { get; }

    /// <returns>How many rows were changed, or are left dangling.</returns>
    public async Task<int> ApplyAsync(UnitOfWork work, Guid deletedId)
    {
        ArgumentNullException.ThrowIfNull(work);
        if (_onDelete == OnDelete.Restrict)
        {
            return await ListAsync(work, deletedId);
        }

        var change = _onDelete == OnDelete.Detach ? $"{_column} = NULL" : "is_deleted = true, deleted_at = @Now";
        var rows = await work.QueryAsync<(Guid Id, long Version)>(
            $"""
            UPDATE {_table} SET {change}, version = version + 1, updated_at = @Now
            WHERE id IN (SELECT id FROM {_table} WHERE {_column} = @deletedId AND NOT is_deleted ORDER BY id FOR UPDATE)
            RETURNING id, version
            """,
            new { deletedId, work.Now });
        foreach (var (id, version) in rows)
        {
            await _append!(work, new TouchedRow(id, version, deletedId));
        }

        return rows.Count;
    }

    Task<int> ListAsync(UnitOfWork work, Guid deletedId) => work.ExecuteAsync(
        $"""
        INSERT INTO {_service}_dangling AS d (reference, row_id, target_id, found_at)
        SELECT @Name, id, @deletedId, @Now FROM {_table} WHERE {_column} = @deletedId AND NOT is_deleted
        ON CONFLICT (reference, row_id) DO UPDATE SET target_id = excluded.target_id, found_at = excluded.found_at
        WHERE d.target_id <> excluded.target_id
        """,
        new { Name, deletedId, work.Now });
}
