using Npgsql;
using PgSplit.Pg;
using PgSplit.Verify;

namespace PgSplit.Shape;

/// <summary>
/// After the copy and before the unique indexes: rows that became the same are found on the target, among what was really copied, and each
/// but the first is dealt with as its rule says. Done again after a crash it finds the same rows, or none.
/// </summary>
static class FlawSettlement
{
    /// <param name="tables">By their names on the source; their rows are all there, and no change of the stream has been applied to them.</param>
    /// <returns>For people: what was done.</returns>
    public static async Task<IReadOnlyList<string>> RunAsync(NpgsqlConnection source, NpgsqlConnection target, string moveId, ShapeSet shapes, IEnumerable<QualifiedName> tables, CancellationToken ct)
    {
        var said = new List<string>();
        foreach (var projection in tables.Where(shapes.Has).Select(shapes.Forward))
        {
            foreach (var rule in projection.Shape.Rules.Where(r => r.Number != FlawRule.Unfit))
            {
                if (await SettleAsync(source, target, moveId, projection, rule, ct) is var count and > 0)
                    said.Add($"{projection.Shape}: {count} rows with {rule.Reason}; they are listed in pgsplit.flawed");
            }
        }

        return said;
    }

    static async Task<int> SettleAsync(NpgsqlConnection source, NpgsqlConnection target, string moveId, Projection projection, FlawRule rule, CancellationToken ct)
    {
        var shape = projection.Shape;
        var there = projection.Receiving with { Key = shape.ToKey };
        var alike = await target.QueryAsync(
            $"""
            SELECT g, key FROM (
                SELECT dense_rank() OVER (ORDER BY {Sql.Names(rule.Columns)}) AS g, count(*) OVER (PARTITION BY {Sql.Names(rule.Columns)}) AS n,
                       ARRAY[{string.Join(", ", shape.ToKey.Select(k => RowShape.Text(there.Columns.Single(c => c.Name == k), "t.")))}]::text[] AS key
                FROM ONLY {shape.To.Sql} t WHERE num_nulls({Sql.Names(rule.Columns)}) = 0) x
            WHERE n > 1
            """, r => (Group: r.GetInt64(0), Key: r.GetFieldValue<string[]>(1)), ct);
        if (alike.Count == 0)
            return 0;

        var seen = new HashSet<long>();
        var later = new List<(string[] Here, string[] There)>();
        foreach (var (place, key) in await OldKeysAsync(source, projection, [.. alike.Select(a => a.Key)], ct))
        {
            if (!seen.Add(alike[place].Group))
                later.Add((key, alike[place].Key));
        }

        List<string[]> keys = [.. later.Select(l => l.Here)];
        // On the source first: after a crash in between it is listed there again, and nowhere twice.
        var rows = await FlawRows.AddAsync(source, shape, rule, keys, projection.Sending, null, ct);
        await Failpoint.HitAsync("copy.flaws-listed");
        await using var transaction = await target.BeginTransactionAsync(ct);
        await FlawRows.AddAsync(target, shape, rule, keys, null, rows, ct);
        var list = KeyList.Sql(there, [.. later.Select(l => l.There)]);
        if (rule.StaysBehind)
        {
            await target.ExecuteAsync($"DELETE FROM ONLY {shape.To.Sql} t USING {list} WHERE {KeyList.Matches(there)}", ct);
            await target.ExecuteAsync(
                """
                INSERT INTO pgsplit.refused (move_id, schema, name, key, reason)
                SELECT move_id, schema, name, key, reason FROM pgsplit.flawed WHERE move_id = $1 AND schema = $2 AND name = $3 AND rule = $4 ON CONFLICT DO NOTHING
                """, ct, moveId, shape.From.Schema, shape.From.Name, rule.Number);
        }
        else
        {
            var column = there.Columns.Single(c => c.Name == rule.Column);
            var changed = FlawRows.Changed(rule, $"t.{column.Sql}", "o.key", column.Type);
            await target.ExecuteAsync(
                $"""
                UPDATE ONLY {shape.To.Sql} t SET {column.Sql} = {changed}
                FROM {list} JOIN (SELECT ARRAY(SELECT e FROM jsonb_array_elements_text(v) WITH ORDINALITY x(e, n) ORDER BY n) AS key, p FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY y(v, p)) o ON o.p = k.place
                WHERE {KeyList.Matches(there)}
                """, ct, System.Text.Json.JsonSerializer.Serialize(keys));
        }

        await transaction.CommitAsync(ct);
        return later.Count;
    }

    /// <summary>The keys that rows of the target have on the source, in the source's order, with the place of each among those given.</summary>
    static async Task<List<(int Place, string[] Key)>> OldKeysAsync(NpgsqlConnection source, Projection projection, IReadOnlyList<string[]> keys, CancellationToken ct)
    {
        var columns = projection.Shape.FromKey.Select((from, n) =>
        {
            var column = projection.Sending.Columns.Single(c => c.Name == from);
            var shaped = projection.Shape.Columns.First(c => c.From == from);
            return shaped.Kind == ColumnKind.Key ? UuidKey.OldSql(shaped.Of!.Value, Sql.Name(shaped.OfColumn!), $"k.c{n}::uuid") : $"k.c{n}::{column.Type}";
        }).ToList();
        var lists = Enumerable.Range(0, columns.Count).Select(n => keys.Select(k => k[n]).ToArray()).ToArray<object>();
        var names = string.Join(", ", columns.Select((_, n) => $"o{n}"));
        return await source.QueryAsync(
            $"""
            SELECT place, ARRAY[{string.Join(", ", columns.Select((_, n) => $"format('%s', o{n})"))}]::text[] FROM (
                SELECT k.place, {string.Join(", ", columns.Select((c, n) => $"{c} AS o{n}"))}
                FROM unnest({string.Join(", ", columns.Select((_, n) => $"${n + 1}::text[]"))}) WITH ORDINALITY AS k({string.Join(", ", columns.Select((_, n) => $"c{n}"))}, place)) x
            ORDER BY {names}
            """, r => ((int)r.GetInt64(0) - 1, r.GetFieldValue<string[]>(1)), ct, lists);
    }
}
