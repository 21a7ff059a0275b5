using Npgsql;
using PgSplit.Catalog;
using PgSplit.Follow;
using PgSplit.Pg;
using PgSplit.Verify;

namespace PgSplit.Switch;

/// <summary>The rows written since a verification (PROTOCOL 1.7, V2): compared again until few are left, and those within the switch's pause.</summary>
static class TouchedKeys
{
    // So many are compared in the pause in a few milliseconds.
    const int Few = 2_000;
    const int MostRounds = 5;

    public static async Task ReduceAsync(string moveId, SwitchSides sides, ChangeStream stream, NpgsqlConnection target, Action<string>? say, CancellationToken ct)
    {
        for (var round = 1; round <= MostRounds; round++)
        {
            await using var receiving = await sides.To.OpenAsync("touched", ct);
            if (await receiving.ScalarAsync<long>("SELECT count(*) FROM pgsplit.touched WHERE move_id = $1", ct, moveId) <= Few)
                return;

            List<(QualifiedName Table, string?[] Key)> keys = [];
            await using var pair = await HeldPair.TakeAsync(moveId, sides, stream, say, async held =>
            {
                await held.ExecuteAsync("UPDATE pgsplit.touched SET round = 1 WHERE move_id = $1", ct, moveId);
                keys = await ReadAsync(held, moveId, ct);
            }, ct);
            await using var a = await sides.From.OpenAtAsync("touched", pair.Snapshots.ReadingSnapshot, ct);
            await using var b = await sides.To.OpenAtAsync("touched", pair.Snapshots.ReceivingSnapshot, ct);
            var differences = await CompareAsync(sides.Compared, keys, a, b, ct);
            foreach (var difference in differences)
                await KeepAsync(target, moveId, difference, ct);
            await ForgetComparedAsync(receiving, moveId, ct);
        }
    }

    /// <summary>
    /// Takes away the keys that were compared, but not those that were written again meanwhile: they are of round 0 by now. One that the stream
    /// is just writing again is locked by it and stays as well; to wait for it would be a deadlock, for it locks them in another order.
    /// </summary>
    internal static Task<int> ForgetComparedAsync(NpgsqlConnection receiving, string moveId, CancellationToken ct) => receiving.ExecuteAsync(
        """
        WITH compared AS MATERIALIZED (SELECT ctid FROM pgsplit.touched WHERE move_id = $1 AND round = 1 FOR UPDATE SKIP LOCKED)
        DELETE FROM pgsplit.touched USING compared WHERE touched.ctid = compared.ctid
        """, ct, moveId);

    /// <summary>In the switch's pause: the closing side under its lock, the other one with everything applied.</summary>
    public static async Task<(int Compared, string? Difference)> CompareAsync(
        string moveId, IReadOnlyList<Table> tables, NpgsqlConnection closing, NpgsqlConnection opening, int acceptDifferences, CancellationToken ct)
    {
        var keys = await ReadAsync(opening, moveId, ct);
        var differences = await CompareAsync(tables, keys, closing, opening, ct);
        return (keys.Count, differences.Count <= acceptDifferences ? null : $"{differences[0].Table} key ({string.Join(", ", differences[0].Key)}) is {differences[0].Kind.ToString().ToLowerInvariant()}");
    }

    public static Task<List<Difference>> DifferencesAsync(NpgsqlConnection target, string moveId, CancellationToken ct) => target.QueryAsync(
        "SELECT schema, name, key, kind, columns FROM pgsplit.diff WHERE move_id = $1 ORDER BY 1, 2, 3",
        r => new Difference(
            new QualifiedName(r.GetString(0), r.GetString(1)), r.GetFieldValue<string?[]>(2), Enum.Parse<DifferenceKind>(r.GetString(3), ignoreCase: true), r.GetFieldValue<string[]>(4)), ct, moveId);

    static async Task<IReadOnlyList<Difference>> CompareAsync(
        IReadOnlyList<Table> tables, List<(QualifiedName Table, string?[] Key)> keys, NpgsqlConnection reading, NpgsqlConnection receiving, CancellationToken ct)
    {
        var differences = new List<Difference>();
        foreach (var table in keys.GroupBy(k => k.Table))
            differences.AddRange(await KeyComparison.CompareAsync(reading, receiving, tables.First(t => t.Name == table.Key), [.. table.Select(k => k.Key)], ct));
        return differences;
    }

    static Task<List<(QualifiedName, string?[])>> ReadAsync(NpgsqlConnection receiving, string moveId, CancellationToken ct) => receiving.QueryAsync(
        "SELECT schema, name, key FROM pgsplit.touched WHERE move_id = $1", r => (new QualifiedName(r.GetString(0), r.GetString(1)), r.GetFieldValue<string?[]>(2)), ct, moveId);

    static Task<int> KeepAsync(NpgsqlConnection target, string moveId, Difference difference, CancellationToken ct) => target.ExecuteAsync(
        "INSERT INTO pgsplit.diff (move_id, schema, name, key, kind, columns) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING", ct,
        moveId, difference.Table.Schema, difference.Table.Name, difference.Key, difference.Kind.ToString().ToLowerInvariant(), difference.Columns.ToArray());
}
