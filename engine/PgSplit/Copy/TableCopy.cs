using System.Buffers.Binary;
using Npgsql;
using NpgsqlTypes;
using PgSplit.Catalog;
using PgSplit.Pg;
using PgSplit.Shape;

namespace PgSplit.Copy;

/// <summary>Copies one chunk, in one transaction of the target together with the note that it is there (PROTOCOL case 18).</summary>
static class TableCopy
{
    public static async Task RunAsync(
        NpgsqlConnection source, NpgsqlConnection target, string moveId, CopyChunk chunk, NpgsqlLogSequenceNumber snapshot,
        Action<long, long> moved, CancellationToken ct)
    {
        try
        {
            await target.ExecuteAsync("BEGIN", ct);
            if (chunk.Alone)
                await CopyState.TruncateAsync(target, moveId, chunk.Table, ct);
            long bytes = 0;
            var keys = await KeysAsync(source, chunk.Table, ct);
            var rows = await RawCopy.PipeAsync(
                source, From(chunk, numbers: keys is not null), target, Into(chunk), Binary(chunk.Table), (r, b) => { bytes += b; moved(r, b); }, ct, keys);
            if (chunk.Table.Shape is { Where: not null })
                await RefusedRows.CopyAsync(source, target, moveId, chunk, ct);
            await CopyState.ChunkDoneAsync(target, moveId, chunk, snapshot, rows, bytes, ct);
            await target.ExecuteAsync("COMMIT", ct);
        }
        catch (Exception e) when (e is NpgsqlException or IOException)
        {
            ct.ThrowIfCancellationRequested();
            if (chunk.Table.Shape is not null && e is PostgresException { SqlState: ['2', '2' or '3', ..] } value)
                throw await UnfitRow.ExplainAsync(source, chunk.Table, value, ct);
            throw Failures.Explain(e, $"{chunk.Table} can't be copied");
        }
    }

    /// <summary>
    /// What makes UUIDs of keys here, where that is several times as fast as on the server; null where it is to do it: values go as text,
    /// or some keys are as recorded and not as computed.
    /// </summary>
    static async Task<CopyFields?> KeysAsync(NpgsqlConnection source, Table table, CancellationToken ct)
    {
        if (table.Shape is not { SelectNumbers: not null, Binary: true } shape)
            return null;
        var spaces = shape.Keys.Select(k => UuidKey.NamespaceOf(k.Of)).ToArray();
        if (await source.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pgsplit.key_map WHERE namespace = ANY ($1))", ct, [spaces]))
            return null;
        return new CopyFields(shape.Keys.ToDictionary(k => k.Place, k =>
        {
            var hash = new KeyHash(k.Of);
            return new CopyField(sizeof(long), 16, (value, to) => hash.Write(BinaryPrimitives.ReadInt64BigEndian(value), to));
        }));
    }

    static bool Binary(Table table) => table.Shape?.Binary ?? table.Written.All(c => c.BinarySafe);

    // Names, not numbers: the target's columns may stand in another order, and dropped ones leave gaps (case 22).
    static string From(CopyChunk chunk, bool numbers) => chunk.Table.Shape is { } shape
        ? $"COPY (SELECT {(numbers ? shape.SelectNumbers : shape.Select)} FROM ONLY {chunk.Table.Name.Sql} AS s{Where(chunk, shape.Where)}) TO STDOUT (FORMAT {Format(chunk.Table)})"
        : $"COPY (SELECT {Sql.Names(chunk.Table.Written.Select(c => c.Name))} FROM ONLY {chunk.Table.Name.Sql}{(chunk.Where.Length > 0 ? $" WHERE {chunk.Where}" : "")}) TO STDOUT (FORMAT {Format(chunk.Table)})";

    // Without a list COPY takes all columns that are not generated: the way to write rows of none (cases 21, 36).
    static string Into(CopyChunk chunk)
    {
        if (chunk.Table.Shape is { } shape)
            return $"COPY {shape.Into.Sql} ({Sql.Names(shape.Columns)}) FROM STDIN (FORMAT {Format(chunk.Table)}{(chunk.Alone ? ", FREEZE" : "")})";
        var columns = chunk.Table.Written.Any() ? $" ({Sql.Names(chunk.Table.Written.Select(c => c.Name))})" : "";
        // Only what was truncated in this very transaction can be frozen: nobody else can see the rows before it commits.
        return $"COPY {chunk.Table.Name.Sql}{columns} FROM STDIN (FORMAT {Format(chunk.Table)}{(chunk.Alone ? ", FREEZE" : "")})";
    }

    /// <summary>The chunk's rows of which a condition holds.</summary>
    internal static string Where(CopyChunk chunk, string? condition)
    {
        var all = new[] { chunk.Where, condition is null ? "" : $"({condition})" }.Where(c => c.Length > 0).ToList();
        return all.Count == 0 ? "" : $" WHERE {string.Join(" AND ", all)}";
    }

    static string Format(Table table) => Binary(table) ? "binary" : "text";
}
