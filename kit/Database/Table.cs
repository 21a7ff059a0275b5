using System.Text.Json;
using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Problems;
using Npgsql;

namespace Hdms.Kit.Database;

/// <summary>
/// Rows of a table whose columns are named as the members of <typeparamref name="T"/> in JSON, <c>id</c> among them. Rows travel as
/// JSON, so that a row, the event that carries its whole state and what the API shows are spelled alike, and a row can be made
/// again from its event (docs/decisions/0014-rows-as-json.md).
/// </summary>
/// <typeparam name="T">A record; what is no column of its is internal or <c>[JsonIgnore]</c>.</typeparam>
public sealed class Table<T>
    where T : class
{
    readonly string _select;
    readonly string _insert;
    readonly string _insertAtCommit;
    readonly string _update;

    public Table(string name)
    {
        Name = Sql.Name(name);
        // What is ignored is listed, too, but can not be read.
        var columns = Json.Tolerant.GetTypeInfo(typeof(T)).Properties.Where(p => p.Get is not null).Select(p => Sql.Name(p.Name)).ToArray();
        var list = string.Join(", ", columns);
        _select = $"SELECT row_to_json(r)::text FROM {Name} AS r";
        string Insert(string row) => $"INSERT INTO {Name} ({list}) SELECT {list} FROM jsonb_populate_record(NULL::{Name}, {row}::jsonb)";
        (_insert, _insertAtCommit) = (Insert("@row"), Insert("$1"));
        _update =
            $"""
            UPDATE {Name} AS r SET {string.Join(", ", columns.Where(c => c != Sql.Name("id")).Select(c => $"{c} = n.{c}"))}
            FROM jsonb_populate_record(NULL::{Name}, @row::jsonb) AS n WHERE r.id = n.id
            """;
    }

    public string Name { get; }

    /// <param name="where">What follows <c>FROM table AS r</c>: <c>WHERE r.id = @id FOR UPDATE</c>.</param>
    public async Task<T?> FindAsync(UnitOfWork unit, string where, object? args = null) =>
        Read(await unit.FindAsync<string>($"{_select} {where}", args));

    public async Task<IReadOnlyList<T>> QueryAsync(UnitOfWork unit, string where, object? args = null) =>
        [.. (await unit.QueryAsync<string>($"{_select} {where}", args)).Select(r => Read(r)!)];

    public async Task<T?> FindAsync(NpgsqlConnection connection, string where, object? args, CancellationToken ct) =>
        Read(await connection.QuerySingleOrDefaultAsync<string?>(new CommandDefinition($"{_select} {where}", args, cancellationToken: ct)));

    public async Task<IReadOnlyList<T>> QueryAsync(NpgsqlConnection connection, string where, object? args, CancellationToken ct) =>
        [.. (await connection.QueryAsync<string>(new CommandDefinition($"{_select} {where}", args, cancellationToken: ct))).Select(r => Read(r)!)];

    /// <summary>The row of this id, deleted or not, kept from other writers until the unit of work ends.</summary>
    /// <exception cref="Refusal">404: there is none.</exception>
    public async Task<T> LockAsync(UnitOfWork unit, Guid id) =>
        await FindAsync(unit, "WHERE r.id = @id FOR UPDATE", new { id }) ?? throw Refusal.NotFound($"row of {Name}");

    public Task InsertAsync(UnitOfWork unit, T row)
    {
        ArgumentNullException.ThrowIfNull(unit);
        return unit.ExecuteAsync(_insert, new { row = Write(row) });
    }

    /// <summary>As <see cref="InsertAsync"/>, with the COMMIT: for a row that nothing of this unit of work reads.</summary>
    public void InsertAtCommit(UnitOfWork unit, T row)
    {
        ArgumentNullException.ThrowIfNull(unit);
        unit.ExecuteAtCommit(_insertAtCommit, Write(row));
    }

    /// <summary>Writes every column of the row with this id, which the unit of work has locked.</summary>
    public async Task UpdateAsync(UnitOfWork unit, T row)
    {
        ArgumentNullException.ThrowIfNull(unit);
        if (await unit.ExecuteAsync(_update, new { row = Write(row) }) != 1)
        {
            throw new InvalidOperationException($"{Name} has no such row to write over; lock it first.");
        }
    }

    internal static T? Read(string? row) => row is null ? null : JsonSerializer.Deserialize<T>(row, Json.Tolerant);

    static string Write(T row) => JsonSerializer.Serialize(row, Json.Tolerant);
}
