using System.Text;
using Npgsql;
using PgSplit.Follow;
using PgSplit.Pg;
using PgSplit.Verify;

namespace PgSplit.Shape;

/// <summary>
/// Which rows of a move are listed as flawed, as far as its process knows: one for both streams. It may hold keys that are listed no more,
/// which costs a statement; never the other way.
/// </summary>
sealed class FlawKeys
{
    readonly HashSet<string> _keys = new(StringComparer.Ordinal);

    public static string Name(QualifiedName table, string?[] key) => $"{table}\u0001{string.Join('\u0001', key)}";

    public void Add(string name)
    {
        lock (_keys)
            _keys.Add(name);
    }

    public void Remove(IEnumerable<string> names)
    {
        lock (_keys)
            _keys.ExceptWith(names);
    }

    public bool Has(string name)
    {
        lock (_keys)
            return _keys.Contains(name);
    }

    public async Task LoadAsync(NpgsqlConnection session, string moveId, CancellationToken ct)
    {
        foreach (var (table, key) in await FlawRows.ReadAsync(session, moveId, ct))
            Add(Name(table, key));
    }
}

/// <summary>
/// One stream's work with the list. A listed row is judged anew whenever it changes: taken off the list, written, and listed again if
/// the target still refuses it. What is listed is written on the sending side first, by itself, and then in the transaction that writes
/// the row: done again after a crash, the same change comes to the same.
/// </summary>
sealed class FlawList : IAsyncDisposable
{
    const string Judged = "judged";

    readonly NpgsqlConnection _here, _there;
    readonly FlawKeys _keys;

    // Of this transaction: taken off; and listed, with the change that was: it may be alike only until the next statement.
    readonly HashSet<string> _off = new(StringComparer.Ordinal);
    readonly Dictionary<string, Change> _fresh = new(StringComparer.Ordinal);

    FlawList(NpgsqlConnection here, NpgsqlConnection there, FlawKeys keys) => (_here, _there, _keys) = (here, there, keys);

    /// <param name="here">The session that applies; its caller's to close.</param>
    public static async Task<FlawList> OpenAsync(NpgsqlConnection here, PgServer there, string moveId, FlawKeys keys, CancellationToken ct)
    {
        var list = new FlawList(here, await there.OpenAsync("flaws", ct, forApply: true), keys);
        // After a crash one side may know more than the other.
        await keys.LoadAsync(here, moveId, ct);
        await keys.LoadAsync(list._there, moveId, ct);
        return list;
    }

    public ValueTask DisposeAsync() => _there.DisposeAsync();

    /// <summary>A run has rows that are listed, and goes row by row.</summary>
    public bool Concerns(IEnumerable<Change> run) => run.Any(c => Rules(c) is not null && Names(c).Any(_keys.Has));

    /// <summary>Writes a change of a table that has rules.</summary>
    public async Task JudgeAsync(Change change, Func<Task> write, CancellationToken ct)
    {
        var shape = Rules(change)!;
        await OffAsync(shape, change, ct);
        await _here.ExecuteAsync($"SAVEPOINT {Judged}", ct);
        for (var tries = shape.Rules.Count; ; tries--)
        {
            try
            {
                await write();
                await _here.ExecuteAsync($"RELEASE {Judged}", ct);
                return;
            }
            catch (BrokenException e) when (tries > 0 && e.InnerException is PostgresException)
            {
                await _here.ExecuteAsync($"ROLLBACK TO {Judged}", ct);
                if (await RuleAsync(shape, (PostgresException)e.InnerException, ct) is not { } rule)
                    throw;
                await ListAsync(shape, rule, change, ct);
            }
        }
    }

    /// <summary>Before the commit: rows that were alike for a moment within it (two that exchange their values) are taken off again.</summary>
    public async Task EndAsync(CancellationToken ct)
    {
        foreach (var (name, change) in _fresh)
        {
            var shape = Rules(change)!;
            var again = new Change { Kind = ChangeKind.Update, Relation = change.Relation, New = change.New, Buffer = change.Buffer };
            await _here.ExecuteAsync($"SAVEPOINT {Judged}", ct);
            var key = Texts(again, again.New);
            await FlawRows.RemoveAsync(_here, shape.Rules[0].Move, shape.From, key, ct);
            try
            {
                await OneByOne.ApplyAsync(_here, again, null, ct);
                await FlawRows.RemoveAsync(_there, shape.Rules[0].Move, shape.From, key, ct);
                _off.Add(name);
            }
            catch (BrokenException)
            {
                await _here.ExecuteAsync($"ROLLBACK TO {Judged}", ct);
            }

            await _here.ExecuteAsync($"RELEASE {Judged}", ct);
        }

        _fresh.Clear();
    }

    /// <summary>After the commit.</summary>
    public void Committed()
    {
        _keys.Remove(_off);
        _off.Clear();
    }

    /// <summary>
    /// On the way back: a value that still is what a rule made stands for what the source has, which is not touched by it. Any other was
    /// written by somebody, and the row is listed no more.
    /// </summary>
    public async Task<Change> ReturnedAsync(Change change, CancellationToken ct)
    {
        if (change.Relation is not ShapedRelation { Back: { } back } || back.Shape.Rules.Count == 0 || !Names(change).Any(_keys.Has))
            return change;
        var shape = back.Shape;
        if (change.New.Length == 0)
        {
            await OffAsync(shape, change, ct);
            return change;
        }

        var key = Texts(change, change.New);
        var columns = back.Sending.Columns.Where(c => !c.IsGenerated).ToList();
        var forward = Projection.Forward(shape, back.Receiving, back.Sending);
        var keyed = back.Receiving with { Key = shape.FromKey };
        foreach (var rule in shape.Rules.Where(r => r.Column is not null))
        {
            var at = columns.FindIndex(c => c.Name == rule.Column);
            if (change.New[at].IsUnchanged)
                continue;
            var value = change.New[at].IsNull ? null : Encoding.UTF8.GetString(change.Of(change.New[at]));
            var rows = await _here.QueryAsync(
                $"""
                SELECT {Text(forward.Columns.Single(c => c.Column.Name == rule.Column).Sql)}, {Text(forward.Unchanged(rule.Column!))}, {FlawRows.Listed(shape, rule, forward.KeyOf)}
                FROM (SELECT t.* FROM {KeyList.Sql(keyed, [key])} JOIN ONLY {shape.From.Sql} AS t ON {KeyList.Matches(keyed)}) AS s
                """, r => (Made: r.TextOrNull(0), Own: r.TextOrNull(1), Listed: r.GetBoolean(2)), ct);
            if (rows is not [{ Listed: true } row])
                continue;
            if (row.Made == value)
                change = Replaced(change, at, row.Own);
            else
                await OffAsync(shape, change, ct);
        }

        return change;

        static string Text(string sql) => $"CASE WHEN ({sql}) IS NOT NULL THEN format('%s', {sql}) END";
    }

    static Change Replaced(Change change, int at, string? text)
    {
        var bytes = text is null ? [] : Encoding.UTF8.GetBytes(text);
        var row = change.New.ToArray();
        row[at] = text is null ? Slice.Null : new Slice(change.Buffer.Length, bytes.Length);
        return new Change { Kind = change.Kind, Relation = change.Relation, New = row, Old = change.Old, Buffer = [.. change.Buffer, .. bytes] };
    }

    async Task OffAsync(ShapedTable shape, Change change, CancellationToken ct)
    {
        foreach (var key in Keys(change).Where(k => _keys.Has(FlawKeys.Name(shape.From, k))))
        {
            await FlawRows.RemoveAsync(_there, shape.Rules[0].Move, shape.From, key!, ct);
            await Failpoint.HitAsync("flaws.taken-off");
            await FlawRows.RemoveAsync(_here, shape.Rules[0].Move, shape.From, key!, ct);
            _off.Add(FlawKeys.Name(shape.From, key));
            _fresh.Remove(FlawKeys.Name(shape.From, key));
        }
    }

    async Task ListAsync(ShapedTable shape, FlawRule rule, Change change, CancellationToken ct)
    {
        var key = Texts(change, change.New);
        var rows = await FlawRows.AddAsync(_there, shape, rule, [key], ((ShapedRelation)change.Relation!).Sending, null, ct);
        await Failpoint.HitAsync("flaws.listed");
        await FlawRows.AddAsync(_here, shape, rule, [key], null, rows, ct);
        var name = FlawKeys.Name(shape.From, key);
        _keys.Add(name);
        _off.Remove(name);
        if (rule.Number != FlawRule.Unfit)
            _fresh[name] = change;
    }

    /// <summary>The rule that a refusal of the target falls under.</summary>
    async Task<FlawRule?> RuleAsync(ShapedTable shape, PostgresException e, CancellationToken ct)
    {
        if (e.SqlState.StartsWith("22", StringComparison.Ordinal))
            return shape.Rules.FirstOrDefault(r => r.Number == FlawRule.Unfit);
        if (e.SqlState != PostgresErrorCodes.UniqueViolation)
            return null;
        var columns = await _here.ScalarAsync<string[]>(
            """
            SELECT array_agg(a.attname::text) FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
            WHERE i.indrelid = $1::regclass AND x.relname = $2 AND i.indexprs IS NULL
            """, ct, shape.To.Sql, e.ConstraintName ?? "");
        return columns is null ? null : shape.Rules.FirstOrDefault(r => r.Number != FlawRule.Unfit && r.Columns.ToHashSet(StringComparer.Ordinal).SetEquals(columns));
    }

    static ShapedTable? Rules(Change change) => change.Relation is ShapedRelation { Back: null, Shape: { Rules.Count: > 0 } shape } ? shape : null;

    static IEnumerable<string> Names(Change change) => change.Relation is ShapedRelation shaped ? Keys(change).Select(k => FlawKeys.Name(shaped.Shape.From, k)) : [];

    static IEnumerable<string[]> Keys(Change change)
    {
        if (change.New.Length > 0 && change.Relation!.Key.All(i => change.New[i].Length >= 0))
            yield return Texts(change, change.New);
        if (change.Old.Length > 0)
            yield return Texts(change, change.Old);
    }

    static string[] Texts(Change change, Slice[] row) => change.Relation!.KeyTexts(change, row)!;
}
