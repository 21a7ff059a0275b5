using System.Text.Json;
using System.Text.Json.Nodes;
using Dapper;
using Hdms.Kit.Database;
using Npgsql;

namespace Hdms.Kit.Rebuild;

/// <summary>A table with the columns that it is compared by, and the SQL that compares rows made from events with those in it.</summary>
sealed class ComparedTable
{
    readonly string _name;
    readonly string _stream;
    readonly IReadOnlyList<string> _key;
    readonly IReadOnlyList<string> _columns;
    readonly bool _hasVersion;
    readonly List<RowDifference> _first = [];
    readonly List<string> _firstWithoutEvents = [];
    long _compared;
    long _different;
    long _withoutEvents;

    ComparedTable(string name, string stream, IReadOnlyList<string> key, IReadOnlyList<string> columns, bool hasVersion) =>
        (_name, _stream, _key, _columns, _hasVersion) = (name, Sql.Name(stream), key, columns, hasVersion);

    public TableCheck Result => new(_name, _compared, _different, _first, _withoutEvents, _firstWithoutEvents);

    string Table => Sql.Name(_name);

    string Made => $"made AS (SELECT * FROM jsonb_populate_recordset(NULL::{Table}, @rows::jsonb))";

    string SameKey => string.Join(" AND ", _key.Select(k => $"m.{Sql.Name(k)} = t.{Sql.Name(k)}"));

    public static async Task<ComparedTable> OfThingsAsync(NpgsqlConnection connection, StateTable table, CancellationToken ct) =>
        new(table.Name, "id", ["id"], await ColumnsAsync(connection, table.Name, table.NotInEvents, ct), hasVersion: true);

    public static async Task<ComparedTable> OfPartAsync(NpgsqlConnection connection, StatePart part, CancellationToken ct) =>
        new(part.Name, part.Stream, part.Key, await ColumnsAsync(connection, part.Name, part.NotInEvents, ct), hasVersion: false);

    /// <summary>Compares all rows of these streams.</summary>
    /// <returns>The streams whose row is newer than the log, and whether any row differs.</returns>
    public async Task<(Guid[] Ahead, bool Differs)> CompareAsync(
        NpgsqlConnection connection, Guid[] streams, IEnumerable<JsonObject> made, bool values, CancellationToken ct)
    {
        var rows = await connection.QueryAsync<Compared>(new CommandDefinition(
            $"""
            WITH {Made}, there AS (SELECT * FROM {Table} WHERE {_stream} = ANY(@streams))
            SELECT concat_ws('/', {string.Join(", ", _key.Select(k => $"coalesce(m.{Sql.Name(k)}, t.{Sql.Name(k)})"))}) AS "Key",
                   coalesce(m.{_stream}, t.{_stream}) AS "Stream", m.{_stream} IS NOT NULL AS "InLog", t.{_stream} IS NOT NULL AS "InTable",
                   {(_hasVersion ? "coalesce(t.version > m.version, false)" : "false")} AS "Ahead",
                   array_remove(ARRAY[{string.Join(", ", _columns.Select(Changed))}]::text[], NULL) AS "Columns",
                   CASE WHEN @values THEN to_jsonb(m)::text END AS "Log", CASE WHEN @values THEN to_jsonb(t)::text END AS "Table"
            FROM made AS m FULL JOIN there AS t ON {SameKey}
            ORDER BY 1
            """,
            new { streams, rows = Rows(made), values },
            cancellationToken: ct));
        var ahead = new List<Guid>();
        var before = _different;
        foreach (var row in rows)
        {
            if (row.Ahead)
            {
                ahead.Add(row.Stream);
                AddWithoutEvents(1, [row.Key]);
            }
            else
            {
                _compared++;
                Add(row);
            }
        }

        return ([.. ahead], _different > before);
    }

    /// <summary>Makes the rows of these streams what the log says.</summary>
    public async Task PutRightAsync(NpgsqlConnection connection, Guid[] streams, IEnumerable<JsonObject> made, CancellationToken ct)
    {
        var columns = string.Join(", ", _columns.Select(Sql.Name));
        await connection.ExecuteAsync(new CommandDefinition(
            $"""
            WITH {Made} DELETE FROM {Table} AS t WHERE t.{_stream} = ANY(@streams) AND NOT EXISTS (SELECT FROM made AS m WHERE {SameKey});
            WITH {Made} UPDATE {Table} AS t SET {string.Join(", ", _columns.Select(c => $"{Sql.Name(c)} = m.{Sql.Name(c)}"))}
            FROM made AS m WHERE {SameKey} AND ({string.Join(" OR ", _columns.Select(Differs))});
            WITH {Made} INSERT INTO {Table} ({columns})
            SELECT {columns} FROM made AS m WHERE NOT EXISTS (SELECT FROM {Table} AS t WHERE {SameKey});
            """,
            new { streams, rows = Rows(made) },
            cancellationToken: ct));
    }

    public void AddWithoutEvents(long count, IEnumerable<string> first)
    {
        _withoutEvents += count;
        _firstWithoutEvents.AddRange(first.Take(StateCheck.Shown - _firstWithoutEvents.Count));
    }

    void Add(Compared row)
    {
        if (row is { InLog: true, InTable: true, Columns.Length: 0 })
        {
            return;
        }

        _different++;
        if (_first.Count < StateCheck.Shown)
        {
            var kind = !row.InTable ? Difference.Missing : !row.InLog ? Difference.Extra : Difference.Changed;
            var columns = kind == Difference.Changed ? row.Columns : [];
            _first.Add(new RowDifference(row.Key, kind, columns, Only(row.Log, columns), Only(row.Table, columns)));
        }
    }

    static JsonObject? Only(string? row, string[] columns) => row is null || columns.Length == 0
        ? null
        : new JsonObject(JsonNode.Parse(row)!.AsObject().Where(c => columns.Contains(c.Key)).Select(c => KeyValuePair.Create(c.Key, c.Value?.DeepClone())));

    // The names come from the catalog; as text they are constants.
    static string Changed(string column) => $"CASE WHEN {Differs(column)} THEN '{column.Replace("'", "''", StringComparison.Ordinal)}' END";

    static string Differs(string column) => $"m.{Sql.Name(column)} IS DISTINCT FROM t.{Sql.Name(column)}";

    static string Rows(IEnumerable<JsonObject> made) => JsonSerializer.Serialize(made);

    static async Task<IReadOnlyList<string>> ColumnsAsync(NpgsqlConnection connection, string table, IReadOnlyList<string> notInEvents, CancellationToken ct)
    {
        var columns = (await connection.QueryAsync<string>(new CommandDefinition(
            "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(@table) AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum",
            new { table = Sql.Name(table) },
            cancellationToken: ct))).AsList();
        return columns.Count > 0
            ? [.. columns.Except(notInEvents, StringComparer.Ordinal)]
            : throw new RebuildException($"There is no table {table}.");
    }

    sealed class Compared
    {
        public string Key { get; init; } = "";
        public Guid Stream { get; init; }
        public bool InLog { get; init; }
        public bool InTable { get; init; }
        public bool Ahead { get; init; }
        public string[] Columns { get; init; } = [];
        public string? Log { get; init; }
        public string? Table { get; init; }
    }
}
