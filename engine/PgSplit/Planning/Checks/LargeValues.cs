using System.Diagnostics;
using System.Globalization;
using Npgsql;
using PgSplit.Catalog;
using PgSplit.Pg;

namespace PgSplit.Planning.Checks;

/// <summary>Values so large that their text, or a row of them, is above PostgreSQL's 1 GB (PROTOCOL case 23).</summary>
static class LargeValues
{
    // However well a value compresses, one of half a gigabyte leaves a megabyte outside its row.
    const long LeastToast = 1 << 20;

    public static async Task CheckAsync(Examination x, CancellationToken ct)
    {
        var toasted = await x.Source.QueryAsync(
            "SELECT c.oid FROM pg_class c WHERE c.oid = ANY ($1) AND c.relkind = 'r' AND c.reltoastrelid <> 0 AND pg_relation_size(c.reltoastrelid) >= $2",
            r => r.GetFieldValue<uint>(0), ct, x.Oids, Math.Min(LeastToast, x.Limits.LargeValue));
        var started = Stopwatch.GetTimestamp();
        foreach (var table in x.Tables.Where(t => toasted.Contains(t.Oid)))
        {
            // Five tables' worth of time in all: plan is to be quick.
            if (Stopwatch.GetElapsedTime(started) > 5 * x.Limits.ValueProbe)
            {
                x.Note("large-value-unknown", table.Name.ToString(), "was not searched for very large values: there was no time left", "look yourself: max(octet_length(column))");
                continue;
            }

            await LookAsync(x, table, ct);
        }
    }

    static async Task LookAsync(Examination x, Table table, CancellationToken ct)
    {
        Column[] columns = [.. table.Columns.Where(c => c.Type is "text" or "bytea" or "json" or "jsonb" or "xml" || c.Type.StartsWith("character varying", StringComparison.Ordinal) || c.TypeCategory is 'A' or 'U' or 'C' && c.TypeKind is 'b' or 'c')];
        if (columns.Length == 0)
            return;
        // Of text and bytea the true length is known without reading the value itself.
        var sizes = columns.Select(c => c.Type is "text" or "bytea" ? $"max(octet_length({c.Sql}))::bigint" : $"max(pg_column_size({c.Sql}))::bigint");
        try
        {
            await x.Source.ExecuteAsync(string.Create(CultureInfo.InvariantCulture, $"SET statement_timeout = {(long)x.Limits.ValueProbe.TotalMilliseconds}"), ct);
            var largest = (await x.Source.QueryAsync($"SELECT {string.Join(", ", sizes)} FROM ONLY {table.Name.Sql}",
                r => columns.Select((_, i) => r.IsDBNull(i) ? 0 : r.GetInt64(i)).ToArray(), ct))[0];
            foreach (var (column, size) in columns.Zip(largest).Where(c => c.Second > x.Limits.LargeValue))
                Tell(x, table, column, size);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.QueryCanceled && !ct.IsCancellationRequested)
        {
            x.Note("large-value-unknown", table.Name.ToString(), "is too large to be searched for very large values in the time that plan takes", "look yourself: max(octet_length(column))");
        }
        finally
        {
            await x.Source.ExecuteAsync(string.Create(CultureInfo.InvariantCulture, $"SET statement_timeout = {(long)x.Limits.Statement.TotalMilliseconds}"), CancellationToken.None);
        }
    }

    static void Tell(Examination x, Table table, Column column, long size)
    {
        var on = $"{table.Name}.{column.Name}";
        var why = string.Create(CultureInfo.InvariantCulture, $"has a value of {size >> 20} MB");
        if (column.BinarySafe)
            x.Warning("large-value", on, why + ": it fits as long as its row stays below 1 GB", "divide such values, if they grow");
        else
            x.Blocker("large-value", on, why + " in a type that must travel as text, which may not be above 1 GB", "divide such values, or take the table out of the map");
    }
}
