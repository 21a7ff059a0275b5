using Npgsql;
using NpgsqlTypes;
using PgSplit.Pg;

namespace PgSplit.Follow;

/// <summary>
/// The session that writes one stream's changes (PROTOCOL 1.4): as a replica, so that foreign keys and triggers don't fire again,
/// and under the stream's replication origin, so that what is written and how far the stream has come are one commit (manual chapter 50).
/// </summary>
sealed class ApplySession : IAsyncDisposable
{
    // Above this a run of changes is written though its transaction goes on: memory stays bounded whatever a transaction's size.
    const int MostChanges = 8_000;
    const int MostBytes = 4 << 20;

    readonly NpgsqlConnection _connection;
    readonly string _moveId;
    readonly string _heartbeatSide;
    List<Change> _pending = [];
    int _pendingBytes;
    bool _taken, _beat, _open, _savepoint;

    // The run or commit that the server is at, while the next run is made ready. Whatever else the session does comes after it.
    Task _writing = Task.CompletedTask;

    ApplySession(NpgsqlConnection connection, string moveId, string heartbeatSide, NpgsqlLogSequenceNumber progress) =>
        (_connection, _moveId, _heartbeatSide, Progress) = (connection, moveId, heartbeatSide, progress);

    /// <summary>Everything before it is durable on the receiving side.</summary>
    public NpgsqlLogSequenceNumber Progress { get; private set; }

    /// <summary>On the way back of a shape: gives rows their numbers. Null where keys are the same on both sides.</summary>
    public Shape.KeyResolver? Keys { get; private init; }

    /// <summary>Where the map has rules for rows that are flawed in view of others; null otherwise.</summary>
    public Shape.FlawList? Flaws { get; private init; }

    public bool HasWork => _taken || !_writing.IsCompletedSuccessfully;

    /// <summary>Rows written since the session began, and those of them that went one by one.</summary>
    public long Applied { get; private set; }
    public long OneByOneRuns { get; private set; }

    /// <param name="flaws">The sending side and what is known to be listed, where the map has rules for flawed rows.</param>
    /// <param name="keys">Where new keys are recorded first: the sending side, if it has keys of another kind; null otherwise.</param>
    /// <exception cref="PostgresException">55006: another session has the origin; it is waited for by the caller.</exception>
    public static async Task<ApplySession> OpenAsync(PgServer server, string origin, string moveId, string heartbeatSide, PgServer? keys, (PgServer There, Shape.FlawKeys Keys)? flaws, CancellationToken ct)
    {
        var connection = await server.OpenAsync($"apply {moveId}", ct, forApply: true);
        try
        {
            // A statement's rows are found by their keys, however many they are: a plan that knew their number would rather read the whole table.
            await connection.ExecuteAsync("SET session_replication_role = replica; SET plan_cache_mode = force_generic_plan", ct);
            await connection.ExecuteAsync("SELECT pg_replication_origin_session_setup($1)", ct, origin);
            var progress = await connection.ScalarAsync<NpgsqlLogSequenceNumber>("SELECT pg_replication_origin_session_progress(true)", ct);
            return new ApplySession(connection, moveId, heartbeatSide, progress)
            {
                Keys = keys is null ? null : await Shape.KeyResolver.OpenAsync(connection, keys, ct),
                Flaws = flaws is { } f ? await Shape.FlawList.OpenAsync(connection, f.There, moveId, f.Keys, ct) : null,
            };
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // Its error, if it has one, has been told, or nobody waits for it any more.
        await _writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (Keys is not null)
            await Keys.DisposeAsync();
        if (Flaws is not null)
            await Flaws.DisposeAsync();
        await _connection.DisposeAsync();
    }

    /// <summary>Takes a change into the run; writes the run when it is large.</summary>
    public async Task TakeAsync(Change change, CancellationToken ct)
    {
        _taken = true;
        if (change.Kind is ChangeKind.Barrier or ChangeKind.Heartbeat)
        {
            _beat = true;
            return;
        }

        if (change.Kind == ChangeKind.Truncate)
        {
            await WriteAllAsync(ct);
            await TruncateAsync(change, ct);
            return;
        }

        _pending.Add(change);
        _pendingBytes += change.Bytes;
        if (_pending.Count >= MostChanges || _pendingBytes >= MostBytes)
            await WriteAsync(ct);
    }

    /// <summary>Keeps a change that nobody may have made, for a person to look at, instead of writing it (PROTOCOL 1.9, BREACH).</summary>
    public async Task QuarantineAsync(Change change, CancellationToken ct)
    {
        _taken = true;
        await WriteAllAsync(ct);
        await BeginAsync(ct);
        foreach (var truncated in change.Relations)
            await KeepAsync(truncated, [], []);
        if (change.Relation is not { } relation)
            return;
        var row = change.New.Length > 0 ? change.New : change.Old;
        var values = relation.Columns.Select((c, i) => (c.Name, Value: row[i].Length < 0 ? null : System.Text.Encoding.UTF8.GetString(change.Of(row[i])))).ToDictionary(c => c.Name, c => c.Value);
        await KeepAsync(relation, relation.KeyTexts(change, change.Old.Length > 0 ? change.Old : change.New), values);

        Task<int> KeepAsync(RelationMap of, string?[] key, Dictionary<string, string?> columns) => _connection.ExecuteAsync(
            "INSERT INTO pgsplit.breach (move_id, side, schema, name, kind, key, row) VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb)", ct, _moveId, _heartbeatSide,
            of.Receiving.Name.Schema, of.Receiving.Name.Name, change.Kind.ToString().ToLowerInvariant(), key, System.Text.Json.JsonSerializer.Serialize(columns));
    }

    /// <summary>Commits all that was taken, with how far the stream then is. Durable when it returns.</summary>
    public async Task CommitAsync(NpgsqlLogSequenceNumber endLsn, DateTimeOffset committedAt, CancellationToken ct)
    {
        await BeginCommitAsync(endLsn, committedAt, ct);
        await _writing;
    }

    /// <summary>As <see cref="CommitAsync"/>, but goes on taking changes while the server commits; <see cref="Progress"/> comes after.</summary>
    public async Task BeginCommitAsync(NpgsqlLogSequenceNumber endLsn, DateTimeOffset committedAt, CancellationToken ct)
    {
        if (!_taken)
            return;
        await WriteAsync(ct);
        _writing = CommitWrittenAsync(_writing, _beat, endLsn, committedAt, ct);
        (_taken, _beat) = (false, false);
    }

    async Task CommitWrittenAsync(Task written, bool beat, NpgsqlLogSequenceNumber endLsn, DateTimeOffset committedAt, CancellationToken ct)
    {
        await written;
        if (Flaws is not null)
            await Flaws.EndAsync(ct);
        await Failpoint.HitAsync("follow.before-commit");
        await using var batch = new NpgsqlBatch(_connection);
        if (!_open)
            Begin(batch);
        if (beat)
        {
            batch.BatchCommands.Add(Command(
                """
                INSERT INTO pgsplit.heartbeat AS h (move_id, side, beat, at) VALUES ($1, $2, 1, $3)
                ON CONFLICT (move_id, side) DO UPDATE SET beat = h.beat + 1, at = excluded.at
                """, _moveId, _heartbeatSide, committedAt.ToUniversalTime()));
        }

        batch.BatchCommands.Add(Command("SELECT pg_replication_origin_xact_setup($1, $2)", endLsn, committedAt.ToUniversalTime()));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
        await batch.ExecuteNonQueryAsync(ct);
        (_open, _savepoint) = (false, false);
        Progress = endLsn;
        Flaws?.Committed();
        await Failpoint.HitAsync("follow.after-commit");
    }

    async Task WriteAllAsync(CancellationToken ct)
    {
        await WriteAsync(ct);
        await _writing;
    }

    // Begins to write what was taken; the one before has been written by then.
    async Task WriteAsync(CancellationToken ct)
    {
        if (_pending.Count == 0)
            return;
        var taken = _pending;
        (_pending, _pendingBytes) = ([], 0);
        var run = taken;
        if (Keys is not null)
        {
            // Numbers are looked up, and recorded, in the transaction that writes.
            await _writing;
            run = await Keys.ResolveAsync(taken, () => BeginAsync(ct), ct);
        }

        var oneByOne = false;
        if (Flaws is not null)
        {
            await _writing;
            await BeginAsync(ct);
            for (var i = 0; i < run.Count; i++)
                run[i] = await Flaws.ReturnedAsync(run[i], ct);
            oneByOne = Flaws.Concerns(run);
        }

        var tables = Tables(run);
        // Contradictions are found here, while there is time; they go one by one.
        var sets = oneByOne || tables.Values.Any(t => t.Contradicts) ? null : new RunSets();
        if (sets is not null)
        {
            foreach (var table in tables.Values)
                table.AddTo(sets);
        }

        await _writing;
        _writing = WriteRunAsync(taken, run, sets, tables.Keys.Any(r => r is Shape.ShapedRelation), ct);
    }

    /// <param name="taken">As they came, whose keys are remembered.</param>
    /// <param name="run">As they are written.</param>
    async Task WriteRunAsync(List<Change> taken, List<Change> run, RunSets? sets, bool shaped, CancellationToken ct)
    {
        if (!await WriteSetsAsync(sets, shaped, ct))
        {
            OneByOneRuns++;
            foreach (var change in run)
                await OneByOne.ApplyAsync(_connection, change, Flaws, ct);
        }

        // Where that failed the session is over, and its memory the collector's.
        sets?.Dispose();
        await RememberKeysAsync(taken, ct);
        Applied += taken.Count;
    }

    // Tables don't depend on each other here: foreign keys and triggers are off. Within one, the order counts.
    static Dictionary<RelationMap, TableRun> Tables(List<Change> run)
    {
        var tables = new Dictionary<RelationMap, TableRun>();
        foreach (var change in run)
        {
            if (!tables.TryGetValue(change.Relation!, out var table))
                tables.Add(change.Relation!, table = new TableRun(change.Relation!));
            table.Add(change);
        }

        return tables;
    }

    // False where the run has to be written one by one; the transaction is as before then.
    async Task<bool> WriteSetsAsync(RunSets? sets, bool shaped, CancellationToken ct)
    {
        if (sets is null)
        {
            await BeginAsync(ct);
            return false;
        }

        await using var batch = new NpgsqlBatch(_connection);
        if (!_open)
            Begin(batch);
        // One at a time: a transaction of millions of rows would else stand on thousands.
        if (_savepoint)
            batch.BatchCommands.Add(new NpgsqlBatchCommand("RELEASE run"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("SAVEPOINT run"));
        foreach (var (command, _) in sets.Statements)
            batch.BatchCommands.Add(command);
        _savepoint = true;
        try
        {
            await batch.ExecuteNonQueryAsync(ct);
            _open = true;
            if (sets.Statements.TrueForAll(s => s.Rows < 0 || (int)s.Command.RecordsAffected == s.Rows))
            {
                foreach (var (sql, rows) in sets.Copies)
                {
                    await using var copy = await RawCopy.WriteAsync(_connection, sql, binary: false, ct);
                    await copy.WriteAsync(rows, ct);
                }

                return true;
            }
        }
        // Of class 22 are values that an expression of the map makes nothing of: one by one, the row is found.
        catch (PostgresException e) when (e.SqlState.StartsWith("23", StringComparison.Ordinal) || shaped && e.SqlState.StartsWith("22", StringComparison.Ordinal))
        {
            _open = true;
        }

        await _connection.ExecuteAsync("ROLLBACK TO run", ct);
        return false;
    }

    // Their foreign keys are not looked at: what refers to them is truncated by the same message, or is not of the move.
    async Task TruncateAsync(Change change, CancellationToken ct)
    {
        await BeginAsync(ct);
        var tables = string.Join(", ", change.Relations.Select(r => (r.Receiving.Kind == Catalog.TableKind.Ordinary ? "ONLY " : "") + r.Receiving.Name.Sql));
        await _connection.ExecuteAsync($"TRUNCATE {tables}{(change.RestartIdentity ? " RESTART IDENTITY" : "")}", ct);
        foreach (var statement in change.Relations.Select(r => r.AfterTruncate).OfType<string>())
            await _connection.ExecuteAsync(statement, ct);
        Applied++;
    }

    // Which rows were written since the comparison began is part of the same commit, so that none is missed after a crash (I8).
    async Task RememberKeysAsync(List<Change> run, CancellationToken ct)
    {
        foreach (var table in run.Where(c => c.Relation!.RemembersKeys()).GroupBy(c => c.Relation!.RememberedAs))
        {
            var keys = table.SelectMany(Rows).ToList();
            // Rows of no columns are all the same one.
            if (keys.Count == 0)
                keys.Add([]);
            var count = keys[0].Length;
            var relation = table.First().Relation!;
            await using var command = new NpgsqlCommand(
                $"""
                INSERT INTO pgsplit.touched (move_id, schema, name, key)
                SELECT DISTINCT $1, $2, $3, ARRAY[{string.Join(", ", Enumerable.Range(0, count).Select(i => relation.RememberedKey(i, $"k{i}")))}]::text[]
                {(count == 0 ? "" : $"FROM unnest({string.Join(", ", Enumerable.Range(4, count).Select(i => $"${i}::text[]"))}) AS v({string.Join(", ", Enumerable.Range(0, count).Select(i => $"k{i}"))})")}
                ON CONFLICT (move_id, schema, name, key) DO UPDATE SET round = 0
                """, _connection);
            foreach (var text in new[] { _moveId, table.Key.Schema, table.Key.Name })
                command.Parameters.Add(new NpgsqlParameter { Value = text });
            for (var i = 0; i < count; i++)
                command.Parameters.Add(new NpgsqlParameter { Value = keys.ConvertAll(k => k[i]).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
            await command.ExecuteNonQueryAsync(ct);
        }

        static IEnumerable<string?[]> Rows(Change change)
        {
            if (change.New.Length > 0 && change.Relation!.Key.All(i => !change.New[i].IsUnchanged))
                yield return change.Relation!.KeyTexts(change, change.New);
            if (change.Old.Length > 0)
                yield return change.Relation!.KeyTexts(change, change.Old);
        }
    }

    async Task BeginAsync(CancellationToken ct)
    {
        if (_open)
            return;
        await using var batch = new NpgsqlBatch(_connection);
        Begin(batch);
        await batch.ExecuteNonQueryAsync(ct);
        _open = true;
    }

    static void Begin(NpgsqlBatch batch)
    {
        batch.BatchCommands.Add(new NpgsqlBatchCommand("BEGIN"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("SET CONSTRAINTS ALL DEFERRED"));
    }

    static NpgsqlBatchCommand Command(string sql, params object[] values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(Commands.Parameter(value));
        return command;
    }
}
