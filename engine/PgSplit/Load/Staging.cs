using System.Globalization;
using Npgsql;
using PgSplit.Control;
using PgSplit.Pg;

namespace PgSplit.Load;

/// <summary>
/// The database that rows are loaded into, in one transaction: all of it is there at the end, or nothing. Foreign keys wait until the
/// rows are in, since files know no order.
/// </summary>
sealed class Staging : IAsyncDisposable
{
    readonly NpgsqlConnection _connection;
    readonly LoadProgress _progress;
    readonly Dictionary<QualifiedName, TableLoad> _loads = [];
    readonly List<(string Table, string Name, string Definition)> _foreignKeys = [];
    readonly List<(string Table, string Name, string Enable)> _triggers = [];
    readonly List<(QualifiedName Table, string Name, string Delete)> _orphanQueries = [];
    readonly Dictionary<QualifiedName, long> _orphans = [];
    Dictionary<QualifiedName, StagingTable> _tables = [];
    long _bytes, _rows;

    Staging(NpgsqlConnection connection, LoadOptions options, IProgress<MoveProgress>? progress, long totalBytes)
    {
        (_connection, Options, _progress) = (connection, options, new LoadProgress(progress, totalBytes));
        Rejects = new Rejects(options);
    }

    public LoadOptions Options { get; }

    public Rejects Rejects { get; }

    /// <summary>Rows of what was to be ignored.</summary>
    public long Ignored { get; set; }

    /// <summary>Without a schema, tables are made as they are met.</summary>
    public bool MakesTables => Options.Schema is null;

    public IReadOnlyDictionary<QualifiedName, StagingTable> Tables => _tables;

    /// <exception cref="PgSplitException">The database can't be reached, or the schema can't be made there.</exception>
    public static async Task<Staging> BeginAsync(LoadOptions options, IProgress<MoveProgress>? progress, long totalBytes, CancellationToken ct)
    {
        var connection = await new PgServer(options.Into).OpenAsync("load", ct);
        var staging = new Staging(connection, options, progress, totalBytes);
        try
        {
            await connection.ExecuteAsync("BEGIN", ct);
            if (options.Schema is { } schema)
                await SchemaScript.RunAsync(connection, schema, ct);
            staging._tables = await StagingTable.ReadAsync(connection, ct);
            await staging.QuietenAsync(ct);
            return staging;
        }
        catch
        {
            await staging.DisposeAsync();
            throw;
        }
    }

    public bool IsIgnored(QualifiedName table) => Options.Ignore.Any(i => i.Matches(table));

    /// <summary>Where rows of a table go that a file has with these columns; null columns: all that the server does not make itself.</summary>
    /// <exception cref="PgSplitException">There is no such table, or it has rows.</exception>
    public async Task<TableLoad> TableAsync(QualifiedName name, IReadOnlyList<string>? columns, CancellationToken ct)
    {
        if (_loads.TryGetValue(name, out var known))
            return known;
        if (!_tables.TryGetValue(name, out var table))
        {
            if (!MakesTables || columns is null)
                throw new PgSplitException(ExitCode.BadInput, $"there is no table {name} in {Where}; nothing was loaded", Options.Schema is null ? "give its schema: --schema schema.sql" : "add it to the schema, or leave it out: --ignore " + name);
            // A file says nothing of types: all of it is text.
            table = await MakeAsync(name, [.. columns.Select(c => (c, "text"))], columns.Contains("id") ? ["id"] : [], ct);
        }

        if (await _connection.ScalarAsync<bool>($"SELECT EXISTS (SELECT FROM {table.Name.Sql})", ct))
            throw new PgSplitException(ExitCode.Refused, $"table {name} in {Where} has rows already; nothing was loaded", "load into an empty database");
        return _loads[name] = new TableLoad(_connection, table, columns ?? [.. table.Columns.Where(c => !c.IsGenerated).Select(c => c.Name)], Rejects);
    }

    /// <summary>A table of one's own making, where there is no schema.</summary>
    public async Task<StagingTable> MakeAsync(QualifiedName name, IReadOnlyList<(string Name, string Type)> columns, IReadOnlyList<string> key, CancellationToken ct)
    {
        await _connection.ExecuteAsync($"CREATE SCHEMA IF NOT EXISTS {Sql.Name(name.Schema)}", ct);
        await _connection.ExecuteAsync(
            $"CREATE TABLE {name.Sql} ({string.Join(", ", columns.Select(c => $"{Sql.Name(c.Name)} {c.Type}").Concat(key.Count > 0 ? [$"PRIMARY KEY ({Sql.Names(key)})"] : []))})", ct);
        // So that it can be moved as it is: rows without a key are told apart by all their columns.
        if (key.Count == 0)
            await _connection.ExecuteAsync($"ALTER TABLE {name.Sql} REPLICA IDENTITY FULL", ct);
        _tables = await StagingTable.ReadAsync(_connection, ct);
        return _tables[name];
    }

    /// <summary>A row more, and so many bytes of the file.</summary>
    public void Progress(QualifiedName table, long bytes)
    {
        _bytes += bytes;
        _rows++;
        _progress.Report(table.ToString(), _rows, _bytes);
    }

    /// <summary>Puts back what waited for the rows, and commits.</summary>
    /// <exception cref="PgSplitException">More rows were rejected than are accepted: nothing is loaded.</exception>
    public async Task<LoadReport> FinishAsync(SourceFormat format, CancellationToken ct)
    {
        foreach (var load in _loads.Values)
            await load.FlushAsync(ct);
        await RunAsync("SET CONSTRAINTS ALL IMMEDIATE", ct);
        await OrphansAsync(ct);
        Rejects.EnsureAccepted();
        foreach (var (table, name, definition) in _foreignKeys)
            await RunAsync($"ALTER TABLE {table} ADD CONSTRAINT {Sql.Name(name)} {definition}", ct);
        foreach (var (table, name, enable) in _triggers)
            await RunAsync($"ALTER TABLE {table} {enable} TRIGGER {Sql.Name(name)}", ct);
        await SequencesAsync(ct);
        List<LoadedTable> tables = [.. _loads.Values.OrderBy(l => l.Table.Name).Select(l => new LoadedTable(l.Table.Name, l.Loaded - _orphans.GetValueOrDefault(l.Table.Name), Rejects.Of(l.Table.Name)))];
        await RunAsync("COMMIT", ct);
        foreach (var table in tables)
            await _connection.ExecuteAsync($"ANALYZE {table.Table.Sql}", ct);
        return new LoadReport(format, tables, Rejects.Count, Rejects.Path, Ignored, _progress.Elapsed);
    }

    public async ValueTask DisposeAsync()
    {
        Rejects.Dispose();
        // An open transaction ends with its session.
        await _connection.DisposeAsync();
    }

    string Where => Options.Into.Route;

    // The schema's triggers made their changes when the rows were first written. Not by session_replication_role: keys that are checked at the
    // end of a transaction would not be checked at all.
    async Task QuietenAsync(CancellationToken ct)
    {
        _triggers.AddRange(await _connection.QueryAsync(
            "SELECT tgrelid::regclass::text, tgname, CASE tgenabled WHEN 'A' THEN 'ENABLE ALWAYS' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE' END FROM pg_trigger WHERE NOT tgisinternal AND tgparentid = 0 AND tgenabled <> 'D'",
            r => (r.GetString(0), r.GetString(1), r.GetString(2)), ct));
        foreach (var (table, name, _) in _triggers)
            await _connection.ExecuteAsync($"ALTER TABLE {table} DISABLE TRIGGER {Sql.Name(name)}", ct);
        _foreignKeys.AddRange(await _connection.QueryAsync(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' AND conparentid = 0 ORDER BY 1, 2",
            r => (r.GetString(0), r.GetString(1), r.GetString(2)), ct));
        await KeepOrphanQueriesAsync(ct);
        foreach (var (table, name, _) in _foreignKeys)
            await _connection.ExecuteAsync($"ALTER TABLE {table} DROP CONSTRAINT {Sql.Name(name)}", ct);
    }

    // Said while the constraints are still there to be asked.
    async Task KeepOrphanQueriesAsync(CancellationToken ct) => _orphanQueries.AddRange(await _connection.QueryAsync(
        """
        SELECT n.nspname, c.relname, k.conname,
               format('DELETE FROM %s AS t WHERE %s AND NOT EXISTS (SELECT FROM %s AS r WHERE %s) RETURNING to_json(t)::text', k.conrelid::regclass,
                      string_agg(format('t.%I IS NOT NULL', a.attname), ' AND ' ORDER BY u.n), k.confrelid::regclass, string_agg(format('r.%I = t.%I', b.attname, a.attname), ' AND ' ORDER BY u.n))
        FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace,
        LATERAL unnest(k.conkey, k.confkey) WITH ORDINALITY u(con, conf, n)
        JOIN pg_attribute a ON a.attnum = u.con JOIN pg_attribute b ON b.attnum = u.conf
        WHERE k.contype = 'f' AND k.conparentid = 0 AND k.convalidated AND k.confmatchtype = 's' AND a.attrelid = k.conrelid AND b.attrelid = k.confrelid
          AND NOT coalesce((to_jsonb(k)->>'conperiod')::bool, false)
        GROUP BY n.nspname, c.relname, k.conname, k.conrelid, k.confrelid
        """,
        r => (new QualifiedName(r.GetString(0), r.GetString(1)), r.GetString(2), r.GetString(3)), ct));

    // Rows that refer to nothing, and then those that refer to these.
    async Task OrphansAsync(CancellationToken ct)
    {
        for (var found = true; found;)
        {
            found = false;
            foreach (var (table, constraint, delete) in _orphanQueries.Where(o => _loads.ContainsKey(o.Table)))
            {
                foreach (var json in await _connection.QueryAsync(delete, r => r.GetString(0), ct))
                {
                    found = true;
                    _orphans[table] = _orphans.GetValueOrDefault(table) + 1;
                    Rejects.Add(table, new SourceRow(Options.From, 0, 0, () => json), $"refers to a row that is not there (foreign key {constraint})");
                }
            }
        }
    }

    // The next number that a sequence gives is one that no row has.
    async Task SequencesAsync(CancellationToken ct)
    {
        foreach (var (sequence, table, column) in await _connection.QueryAsync(
            """
            SELECT d.objid::regclass::text, d.refobjid::regclass::text, quote_ident(a.attname)
            FROM pg_depend d JOIN pg_sequence q ON q.seqrelid = d.objid JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
            WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND q.seqincrement > 0
            """,
            r => (r.GetString(0), r.GetString(1), r.GetString(2)), ct))
        {
            await RunAsync($"SELECT setval({Sql.Text(sequence)}, m) FROM (SELECT max({column})::bigint FROM {table}) t(m) WHERE m > 0", ct);
        }
    }

    async Task RunAsync(string sql, CancellationToken ct)
    {
        try
        {
            await _connection.ExecuteAsync(sql, ct);
        }
        catch (PostgresException e)
        {
            throw new PgSplitException(ExitCode.Refused, string.Create(CultureInfo.InvariantCulture, $"the rows of {Options.From} don't go together: {e.MessageText}{(e.Detail is { } detail ? $" ({detail})" : "")}; nothing was loaded"),
                "mend the source, or take the constraint out of the schema", e);
        }
    }
}
