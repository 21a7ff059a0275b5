using Npgsql;
using PgSplit.Catalog;
using PgSplit.Follow;
using PgSplit.Pg;
using PgSplit.Verify;

namespace PgSplit.Shape;

/// <summary>Makes rows of the source what the target's are, by the statements and the keys of the stream back.</summary>
static class ShapedRepair
{
    const int Batch = 1_000;

    /// <param name="reading">The target.</param>
    /// <param name="receiving">The source, in the caller's transaction.</param>
    /// <param name="target">Where new keys are recorded.</param>
    public static async Task<Repaired> RunAsync(
        NpgsqlConnection reading, NpgsqlConnection receiving, PgServer target, string moveId, Projection back, IReadOnlyList<Difference> differences, CancellationToken ct)
    {
        var relation = ShapedRelation.Match(back, moveId, back: true, null, null, () => false);
        await using var keys = await KeyResolver.OpenAsync(receiving, target, ct);
        var table = back.Sending with { Key = back.Shape.ToKey };
        var total = new Repaired(0, 0, 0);
        foreach (var some in differences.Chunk(Batch))
        {
            var rows = await RowsAsync(reading, relation, table, some, ct);
            var changes = some.Select((d, n) => rows.TryGetValue(n + 1, out var row) ? Of(relation, ChangeKind.Update, row) : Of(relation, ChangeKind.Delete, KeyOnly(relation, d.Key))).ToList();
            foreach (var change in await keys.ResolveAsync(changes, () => Task.CompletedTask, ct))
                total = await ApplyAsync(receiving, relation, change, total, ct);
        }

        return total;
    }

    static async Task<Repaired> ApplyAsync(NpgsqlConnection receiving, ShapedRelation relation, Change change, Repaired total, CancellationToken ct)
    {
        if (change.Kind == ChangeKind.Delete)
            return total with { Deleted = total.Deleted + await WriteAsync(change) };
        if (await WriteAsync(change) > 0)
            return total with { Updated = total.Updated + 1 };
        await WriteAsync(new Change { Kind = ChangeKind.Insert, Relation = relation, Buffer = change.Buffer, New = change.New });
        return total with { Inserted = total.Inserted + 1 };

        async Task<int> WriteAsync(Change one)
        {
            var (sql, parameters) = relation.One(one)!.Value;
            await using var command = new NpgsqlCommand(sql, receiving);
            command.Parameters.AddRange(parameters.ToArray());
            return await command.ExecuteNonQueryAsync(ct);
        }
    }

    /// <summary>The target's rows as the stream would send them, by the place of their key.</summary>
    static async Task<Dictionary<long, string?[]>> RowsAsync(NpgsqlConnection reading, ShapedRelation relation, Table table, Difference[] some, CancellationToken ct) => (await reading.QueryAsync(
        $"SELECT k.place, ARRAY[{string.Join(", ", relation.Columns.Select(c => RowShape.Text(table.Columns.Single(t => t.Name == c.Name), "t.")))}]::text[] FROM {KeyList.Sql(table, [.. some.Select(d => d.Key)])} JOIN ONLY {table.Name.Sql} t ON {KeyList.Matches(table)}",
        r => (Place: r.GetInt64(0), Row: r.GetFieldValue<string?[]>(1)), ct)).ToDictionary(r => r.Place, r => r.Row);

    static string?[] KeyOnly(ShapedRelation relation, string?[] key)
    {
        var row = new string?[relation.Columns.Count];
        for (var n = 0; n < key.Length; n++)
            row[relation.Key[n]] = key[n];
        return row;
    }

    static Change Of(ShapedRelation relation, ChangeKind kind, string?[] row)
    {
        var buffer = new MemoryStream();
        var slices = Array.ConvertAll(row, text =>
        {
            if (text is null)
                return Slice.Null;
            var bytes = System.Text.Encoding.UTF8.GetBytes(text);
            var slice = new Slice((int)buffer.Length, bytes.Length);
            buffer.Write(bytes);
            return slice;
        });
        return new Change { Kind = kind, Relation = relation, Buffer = buffer.ToArray(), New = kind == ChangeKind.Delete ? [] : slices, Old = kind == ChangeKind.Delete ? slices : [] };
    }
}
