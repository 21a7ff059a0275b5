using System.Text.Json;
using Npgsql;
using PgSplit.Catalog;
using PgSplit.Pg;
using PgSplit.Verify;

namespace PgSplit.Shape;

/// <summary>
/// The list of rows that a rule has set aside or changed (pgsplit.flawed), by their keys on the source; the same on both sides. The
/// expressions of a shape look into it as they look into pgsplit.key_map, so copy, stream and comparison agree on each row.
/// </summary>
static class FlawRows
{
    /// <summary>Whether a row <c>s</c> of the source is listed. Whether anything is listed of the table is asked once a statement.</summary>
    /// <param name="key">The texts of its key, as an array.</param>
    public static string Listed(ShapedTable table, FlawRule rule, string key)
    {
        var mine = $"move_id = {Sql.Text(rule.Move)} AND f.schema = {Sql.Text(table.From.Schema)} AND f.name = {Sql.Text(table.From.Name)} AND f.rule = {rule.Number}";
        return $"(CASE WHEN EXISTS (SELECT FROM pgsplit.flawed f WHERE f.{mine}) THEN EXISTS (SELECT FROM pgsplit.flawed f WHERE f.{mine} AND f.key = {key}) ELSE false END)";
    }

    /// <summary>What a rule makes of a value.</summary>
    /// <param name="value">Expression over <c>s</c>.</param>
    /// <param name="key">The texts of the row's key, as an array.</param>
    public static string Changed(FlawRule rule, string value, string key, string type)
    {
        if (rule.Policy == DuplicatePolicy.SetNull)
            return $"NULL::{type}";
        var suffix = $"('-' || pg_catalog.array_to_string({key}, '-'))";
        return rule.MostLetters is { } most
            ? $"(pg_catalog.left(({value})::text, greatest(0, {most} - pg_catalog.length({suffix}))) || {suffix})::{type}"
            : $"(({value})::text || {suffix})::{type}";
    }

    /// <summary>The key of a row <c>s</c> of the source, as an array of texts.</summary>
    public static string KeyOf(Table source, IReadOnlyList<string> key) =>
        $"ARRAY[{string.Join(", ", key.Select(k => RowShape.Text(source.Columns.Single(c => c.Name == k), "s.")))}]::text[]";

    /// <summary>Lists rows; those that are listed already stay as they were.</summary>
    /// <param name="source">The table there; given on the source, so that a quarantined row is kept as it is. Null elsewhere.</param>
    /// <param name="rows">The rows as the source has kept them, in the order of the keys.</param>
    /// <returns>The kept rows, in the order of the keys.</returns>
    public static async Task<IReadOnlyList<string?>> AddAsync(
        NpgsqlConnection session, ShapedTable table, FlawRule rule, IReadOnlyList<string[]> keys, Table? source, IReadOnlyList<string?>? rows, CancellationToken ct)
    {
        if (source is not null && rule.Policy == DuplicatePolicy.Quarantine)
        {
            var keyed = source with { Key = table.FromKey };
            var kept = await session.QueryAsync(
                $"SELECT k.place, to_jsonb(t)::text FROM {KeyList.Sql(keyed, keys)} JOIN ONLY {table.From.Sql} t ON {KeyList.Matches(keyed)}", r => (Place: r.GetInt64(0), Row: r.GetString(1)), ct);
            var found = kept.ToDictionary(k => k.Place, k => k.Row);
            rows = [.. Enumerable.Range(1, keys.Count).Select(n => found.GetValueOrDefault(n))];
        }

        rows ??= [.. keys.Select(_ => (string?)null)];
        await session.ExecuteAsync(
            """
            INSERT INTO pgsplit.flawed (move_id, schema, name, rule, key, policy, reason, row)
            SELECT $1, $2, $3, $4, ARRAY(SELECT e FROM jsonb_array_elements_text(k) WITH ORDINALITY x(e, n) ORDER BY n), $5, $6, r::jsonb
            FROM ROWS FROM (jsonb_array_elements($7::jsonb), unnest($8::text[])) v(k, r)
            ON CONFLICT (move_id, schema, name, rule, key) DO NOTHING
            """, ct, rule.Move, table.From.Schema, table.From.Name, rule.Number, rule.Word, rule.Reason, JsonSerializer.Serialize(keys), rows.ToArray());
        return rows;
    }

    public static Task RemoveAsync(NpgsqlConnection session, string moveId, QualifiedName table, string[] key, CancellationToken ct) => session.ExecuteAsync(
        "DELETE FROM pgsplit.flawed WHERE move_id = $1 AND schema = $2 AND name = $3 AND key = $4", ct, moveId, table.Schema, table.Name, key);

    /// <summary>All that are listed of a move.</summary>
    public static async Task<IReadOnlyList<(QualifiedName Table, string[] Key)>> ReadAsync(NpgsqlConnection session, string moveId, CancellationToken ct) =>
        !await session.ScalarAsync<bool>("SELECT to_regclass('pgsplit.flawed') IS NOT NULL", ct) ? [] : await session.QueryAsync(
            "SELECT schema, name, key FROM pgsplit.flawed WHERE move_id = $1", r => (new QualifiedName(r.GetString(0), r.GetString(1)), r.GetFieldValue<string[]>(2)), ct, moveId);

    public static async Task ForgetAsync(NpgsqlConnection session, string moveId, CancellationToken ct)
    {
        if (await session.ScalarAsync<bool>("SELECT to_regclass('pgsplit.flawed') IS NOT NULL", ct))
            await session.ExecuteAsync("DELETE FROM pgsplit.flawed WHERE move_id = $1", ct, moveId);
    }
}
