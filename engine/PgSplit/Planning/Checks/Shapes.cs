using Npgsql;
using System.Globalization;
using PgSplit.Catalog;
using PgSplit.Pg;
using PgSplit.Shape;

namespace PgSplit.Planning.Checks;

/// <summary>Tables can change their shape as the map says (PROTOCOL 1.12): expressions that may stand for columns, rows that they can be made of, and a way back, or none.</summary>
static class Shapes
{
    public static async Task CheckAsync(Examination x, CancellationToken ct)
    {
        var (shapes, flaws) = await ShapeResolver.ResolveAsync(x.Source, x.Move, x.Tables, ct);
        foreach (var flaw in flaws)
            x.Blocker("shape", flaw.Line > 0 ? string.Create(CultureInfo.InvariantCulture, $"{flaw.Table} ({x.Map.Path}:{flaw.Line})") : flaw.Table.ToString(), flaw.Why, flaw.Remedy);
        foreach (var shape in shapes)
        {
            if (shape.NoWayBack is not null)
                x.Warning("no-way-back", shape.ToString(), $"there is no way back across this step but the backup: {shape.NoWayBack}", "give each an inverse:, or make a backup just before the switch");
            if (shape.FromNeedsFull)
            {
                x.Note("replica-identity-full", shape.ToString(), "an expression or condition reads values that may be stored apart: the table gets REPLICA IDENTITY FULL while the move is open, so that its updates and deletes write the whole old row to the WAL",
                    "nothing; it is taken back at the end");
            }

            if (await RowsAsync(x, shape, ct))
            {
                await SameAsync(x, shape, ct);
                await DuplicatesAsync(x, shape, ct);
            }
        }

        if (flaws.Count == 0)
            await ReferencesAsync(x, shapes, ct);
    }

    /// <summary>All of its rows are read once: what fails on one in a million is found before anything begins.</summary>
    /// <returns>Whether every row can be made.</returns>
    static async Task<bool> RowsAsync(Examination x, ShapedTable shape, CancellationToken ct)
    {
        if (shape.Where is null && shape.Columns.All(c => c.Kind != ColumnKind.Sql))
            return true;
        var table = x.Tables.First(t => t.Name == shape.From);
        var keys = $"ARRAY[{string.Join(", ", shape.FromKey.Select(k => $"format('%s', s.{Sql.Name(k)})"))}]::text[]";
        // Keys can't fail, and their look-up may not be there yet.
        var select = string.Join(", ", shape.Columns.Where(c => c.Kind == ColumnKind.Sql).Select(c => $"({c.Sql})::{c.Type}").DefaultIfEmpty("1"));
        var shaped = table with { Shape = new CopyShape(shape.To, [], select, Binary: false, shape.Where, keys) };
        try
        {
            if (await UnfitRow.FindAsync(x.Source, shaped, ct) is { } unfit)
            {
                x.Blocker("unfit-row", shape.ToString(), $"an expression of the map fails on the row with key ({string.Join(", ", unfit)})", "mend the row, leave it behind (where:), or change the sql:");
                return false;
            }
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedFunction or PostgresErrorCodes.InvalidSchemaName)
        {
            // Functions of schema pgsplit are made by prepare.
            x.Warning("not-examined", shape.ToString(), $"its rows could not be looked at before prepare: {e.MessageText}", "plan again after prepare, before the copy");
            return false;
        }

        if (shape.Where is null)
            return true;
        var (all, refused) = (await x.Source.QueryAsync(
            $"SELECT count(*), count(*) FILTER (WHERE ({shape.Where}) IS NOT TRUE) FROM ONLY {shape.From.Sql} AS s", r => (r.GetInt64(0), r.GetInt64(1)), ct))[0];
        x.Note("rows-stay", shape.ToString(), string.Create(CultureInfo.InvariantCulture, $"{refused} of {all} rows stay behind: {RefusedRows.Reason(shape.Where)}"), "pgsplit.refused on the target lists them during the move");
        return true;
    }

    /// <summary>Rows that differ on the source and would be the same, where the target takes each only once.</summary>
    static async Task SameAsync(Examination x, ShapedTable shape, CancellationToken ct)
    {
        var byColumn = shape.Columns.Where(c => c.From is not null).ToDictionary(c => c.From!, StringComparer.Ordinal);
        foreach (var (index, columns, predicate) in await x.Source.QueryAsync(
            """
            SELECT i.indexrelid::regclass::text, array_agg(a.attname::text ORDER BY k.n), pg_get_expr(i.indpred, i.indrelid)
            FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY k(attnum, n) JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
            WHERE i.indrelid = $1::regclass AND i.indisunique AND i.indexprs IS NULL AND k.n <= i.indnkeyatts GROUP BY i.indexrelid, i.indpred, i.indrelid
            """, r => (r.GetString(0), r.GetFieldValue<string[]>(1), r.TextOrNull(2)), ct, shape.From.Sql))
        {
            // What stays as it is was unique before.
            if (!columns.All(byColumn.ContainsKey) || columns.All(c => byColumn[c].Kind != ColumnKind.Sql))
                continue;
            // The map says what becomes of them.
            if (predicate is null && shape.Rules.Any(r => r.Columns.ToHashSet(StringComparer.Ordinal).SetEquals(columns.Select(c => byColumn[c].Name))))
                continue;
            var values = string.Join(", ", columns.Select((c, n) => $"{(byColumn[c].Kind == ColumnKind.Sql ? $"({byColumn[c].Sql})" : $"s.{Sql.Name(c)}")} AS v{n}"));
            var names = string.Join(", ", columns.Select((_, n) => $"v{n}"));
            var all = string.Join(" AND ", new[] { shape.Where, predicate }.OfType<string>().Select(w => $"({w})").DefaultIfEmpty("true"));
            var (groups, first) = (await x.Source.QueryAsync(
                $"SELECT count(*), min(v) FROM (SELECT concat_ws(', ', {names}) AS v FROM (SELECT {values} FROM ONLY {shape.From.Sql} AS s WHERE {all}) s WHERE num_nulls({names}) = 0 GROUP BY {names} HAVING count(*) > 1) d",
                r => (r.GetInt64(0), r.TextOrNull(1)), ct))[0];
            if (groups > 0)
            {
                x.Blocker("become-the-same", shape.ToString(), string.Create(CultureInfo.InvariantCulture, $"several rows become the same for {Names.Short(index)}, {groups} times, one of them ({first})"),
                    "say what becomes of all but the first (unique:), mend them on the source, or let the expression keep them apart");
            }
        }
    }

    /// <summary>How many rows each rule will set aside or change.</summary>
    static async Task DuplicatesAsync(Examination x, ShapedTable shape, CancellationToken ct)
    {
        foreach (var rule in shape.Rules.Where(r => r.Number != FlawRule.Unfit))
        {
            var count = await x.Source.ScalarAsync<long>($"SELECT count(*) FROM ({Later(shape, rule)}) l", ct);
            if (count > 0)
                x.Note("duplicates", shape.ToString(), string.Create(CultureInfo.InvariantCulture, $"{count} rows have {rule.Reason}"), "pgsplit.flawed lists them once they are copied");
        }
    }

    /// <summary>Rows of the source that a rule finds a row before.</summary>
    static string Later(ShapedTable shape, FlawRule rule)
    {
        // References are alike where their numbers are, and computed keys may not be there yet.
        var values = string.Join(", ", rule.Columns.Select((c, n) => $"{(shape.Columns.Single(s => s.Name == c) is { Kind: ColumnKind.Sql } sql ? $"({sql.Sql})" : $"s.{Sql.Name(shape.Columns.Single(s => s.Name == c).From!)}")} AS v{n}"));
        var names = string.Join(", ", rule.Columns.Select((_, n) => $"v{n}"));
        var keys = string.Join(", ", shape.FromKey.Select((k, n) => $"s.{Sql.Name(k)} AS k{n}"));
        var order = string.Join(", ", shape.FromKey.Select((_, n) => $"k{n}"));
        return $"SELECT {order} FROM (SELECT {order}, row_number() OVER (PARTITION BY {names} ORDER BY {order}) AS n FROM (SELECT {values}, {keys} FROM ONLY {shape.From.Sql} AS s WHERE {shape.Where ?? "true"}) v WHERE num_nulls({names}) = 0) w WHERE n > 1";
    }

    /// <summary>Rows that refer to what is not there, or stays behind.</summary>
    static async Task ReferencesAsync(Examination x, IReadOnlyList<ShapedTable> shapes, CancellationToken ct)
    {
        foreach (var (shape, column) in shapes.SelectMany(s => s.Columns.Where(c => c.From is not null && c.Kind == ColumnKind.Key && c.Of != s.From).Select(c => (s, c))))
        {
            var refuses = x.Map.Services.Select(s => s.Move.Shapes.GetValueOrDefault(column.Of!.Value)?.Where).FirstOrDefault(w => w is not null);
            var isInside = column.OnDelete is null;
            var aside = shapes.Where(s => s.From == column.Of && s.FromKey.Count == 1).SelectMany(s => s.Rules.Where(r => r.StaysBehind && r.Number != FlawRule.Unfit).Select(r => Later(s, r))).ToList();
            if (refuses is null && aside.Count == 0 && isInside)
                continue;
            var accepted = shape.Where is null ? "true" : $"({shape.Where})";
            var (missing, first) = (await x.Source.QueryAsync(
                $"""
                SELECT count(*), min(r.key) FROM (SELECT s.{Sql.Name(column.From!)} AS refers, format('%s', {string.Join(" || ', ' || ", shape.FromKey.Select(k => $"s.{Sql.Name(k)}::text"))}) AS key FROM ONLY {shape.From.Sql} AS s WHERE {accepted}) r
                WHERE r.refers IS NOT NULL AND NOT EXISTS (SELECT FROM ONLY {column.Of!.Value.Sql} AS o WHERE o.{Sql.Name(column.OfColumn!)} = r.refers {(refuses is null ? "" : $"AND ({refuses})")}
                    {string.Concat(aside.Select(a => $" AND o.{Sql.Name(column.OfColumn!)} NOT IN ({a})"))})
                """, r => (r.GetInt64(0), r.TextOrNull(1)), ct))[0];
            if (missing == 0)
                continue;
            var what = string.Create(CultureInfo.InvariantCulture, $"{missing} rows refer by {column.From} to rows of {column.Of} that {(refuses is null && aside.Count == 0 ? "are not there" : "stay behind or are not there")}, one of them with key ({first})");
            if (isInside)
                x.Blocker("refers-to-refused", shape.ToString(), what + ": the foreign key would not hold on the target", "leave those rows behind too (where:), detach them on the source, or let the rows they refer to go (suffix, set_null)");
            else
                x.Warning("orphans", shape.ToString(), what, "detach or delete them, or let the services live with them");
        }
    }
}
