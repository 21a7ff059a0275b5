using System.Globalization;
using System.Text;
using Npgsql;
using PgSplit.Follow;
using PgSplit.Pg;

namespace PgSplit.Shape;

/// <summary>
/// Gives the UUIDs of a run of changes the numbers that they are on the source, before anything of the run is written. A row born on the
/// target takes its number from the source's sequence; (table, UUID, number) is recorded on the target first, where it outlives any crash,
/// so that the same row never takes a second number; then on the source, in the transaction that writes the row (PROTOCOL 1.12, Keys).
/// </summary>
sealed class KeyResolver : IAsyncDisposable
{
    readonly NpgsqlConnection _source, _target;

    KeyResolver(NpgsqlConnection source, NpgsqlConnection target) => (_source, _target) = (source, target);

    /// <param name="source">The session that applies; its caller's to close.</param>
    public static async Task<KeyResolver> OpenAsync(NpgsqlConnection source, PgServer target, CancellationToken ct) =>
        new(source, await target.OpenAsync("keys", ct, forApply: true));

    public ValueTask DisposeAsync() => _target.DisposeAsync();

    /// <param name="begin">Opens the transaction of the run, where it is not open.</param>
    /// <returns>The changes with numbers where they had UUIDs.</returns>
    public async Task<List<Change>> ResolveAsync(List<Change> changes, Func<Task> begin, CancellationToken ct)
    {
        var wanted = new Dictionary<QualifiedName, (ShapedColumn Shape, HashSet<Guid> Keys)>();
        foreach (var change in changes)
        {
            foreach (var (column, shape) in Of(change))
            {
                if (!wanted.TryGetValue(shape.Of!.Value, out var of))
                    wanted.Add(shape.Of.Value, of = (shape, []));
                foreach (var row in new[] { change.New, change.Old })
                {
                    if (row.Length > 0 && row[column].Length >= 0)
                        of.Keys.Add(Parse(change.Of(row[column])));
                }
            }
        }

        if (wanted.Count == 0)
            return changes;
        await begin();
        var numbers = new Dictionary<QualifiedName, Dictionary<Guid, long>>();
        foreach (var (table, (shape, keys)) in wanted)
            numbers[table] = await NumbersAsync(table, shape, keys, ct);
        return changes.ConvertAll(c => Rewritten(c, numbers));
    }

    static IReadOnlyList<(int Column, ShapedColumn Shape)> Of(Change change) => change.Relation is ShapedRelation { Resolved: var resolved } ? resolved : [];

    async Task<Dictionary<Guid, long>> NumbersAsync(QualifiedName table, ShapedColumn shape, HashSet<Guid> keys, CancellationToken ct)
    {
        var all = keys.ToArray();
        var known = (await _source.QueryAsync(
            $"SELECT u.key, o.old FROM unnest($1::uuid[]) u(key) CROSS JOIN LATERAL (SELECT {UuidKey.OldSql(table, Sql.Name(shape.OfColumn!), "u.key")} AS old) o WHERE o.old IS NOT NULL",
            r => (r.GetGuid(0), r.GetInt64(1)), ct, [all])).ToDictionary(k => k.Item1, k => k.Item2);
        Guid[] fresh = [.. all.Where(k => !known.ContainsKey(k))];
        if (fresh.Length == 0)
            return known;

        var born = await BornAsync(table, shape, fresh, ct);
        await Failpoint.HitAsync("keys.recorded");
        await _source.ExecuteAsync(
            $"INSERT INTO pgsplit.key_map (namespace, old, new) SELECT {UuidKey.Namespace(table)}, o, n FROM unnest($1::bigint[], $2::uuid[]) v(o, n) ON CONFLICT DO NOTHING",
            ct, born.Values.ToArray(), born.Keys.ToArray());
        foreach (var (key, number) in born)
            known[key] = number;
        return known;
    }

    // Another service's stream may meet the same key at the same time: whoever records it first gives the number.
    async Task<Dictionary<Guid, long>> BornAsync(QualifiedName table, ShapedColumn shape, Guid[] fresh, CancellationToken ct)
    {
        var there = await RecordedAsync(table, fresh, ct);
        Guid[] without = [.. fresh.Where(k => !there.ContainsKey(k))];
        if (without.Length == 0)
            return there;
        if (shape.Sequence is null)
        {
            throw new BrokenException(
                $"a row of {table} was born on the target, key {without[0]}, and the source has no sequence to number it from: give {table}.{shape.OfColumn} a default of nextval(…), then `pgsplit resume`");
        }

        var numbers = await _source.QueryAsync("SELECT nextval($1::regclass) FROM generate_series(1, $2)", r => r.GetInt64(0), ct, shape.Sequence, without.Length);
        await _target.ExecuteAsync(
            $"INSERT INTO pgsplit.key_map (namespace, old, new) SELECT {UuidKey.Namespace(table)}, o, n FROM unnest($1::bigint[], $2::uuid[]) v(o, n) ON CONFLICT DO NOTHING", ct, numbers.ToArray(), without);
        return await RecordedAsync(table, fresh, ct);
    }

    async Task<Dictionary<Guid, long>> RecordedAsync(QualifiedName table, Guid[] keys, CancellationToken ct) => (await _target.QueryAsync(
        $"SELECT new, old FROM pgsplit.key_map WHERE namespace = {UuidKey.Namespace(table)} AND new = ANY ($1)", r => (r.GetGuid(0), r.GetInt64(1)), ct, [keys])).ToDictionary(k => k.Item1, k => k.Item2);

    static Change Rewritten(Change change, Dictionary<QualifiedName, Dictionary<Guid, long>> numbers)
    {
        var columns = Of(change);
        if (columns.Count == 0)
            return change;
        // The numbers' texts follow what the message has.
        var buffer = new MemoryStream(change.Buffer.Length + 64);
        buffer.Write(change.Buffer);
        return new Change { Kind = change.Kind, Relation = change.Relation, New = Row(change.New), Old = Row(change.Old), Buffer = buffer.ToArray() };

        Slice[] Row(Slice[] row)
        {
            if (row.Length == 0)
                return row;
            var rewritten = row.ToArray();
            foreach (var (column, shape) in columns)
            {
                if (row[column].Length < 0)
                    continue;
                var text = Encoding.ASCII.GetBytes(numbers[shape.Of!.Value][Parse(change.Of(row[column]))].ToString(CultureInfo.InvariantCulture));
                rewritten[column] = new Slice((int)buffer.Length, text.Length);
                buffer.Write(text);
            }

            return rewritten;
        }
    }

    static Guid Parse(ReadOnlySpan<byte> text) => Guid.Parse(text, CultureInfo.InvariantCulture);
}
