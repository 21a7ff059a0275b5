using Npgsql;
using NpgsqlTypes;
using PgSplit.Catalog;
using PgSplit.Pg;

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
            var rows = await RawCopy.PipeAsync(
                source, From(chunk), target, Into(chunk), Binary(chunk.Table), (r, b) => { bytes += b; moved(r, b); }, ct);
            await CopyState.ChunkDoneAsync(target, moveId, chunk, snapshot, rows, bytes, ct);
            await target.ExecuteAsync("COMMIT", ct);
        }
        catch (Exception e) when (e is NpgsqlException or IOException)
        {
            ct.ThrowIfCancellationRequested();
            throw Failures.Explain(e, $"{chunk.Table} can't be copied");
        }
    }

    static bool Binary(Table table) => table.Written.All(c => c.BinarySafe);

    // Names, not numbers: the target's columns may stand in another order, and dropped ones leave gaps (case 22).
    static string From(CopyChunk chunk) =>
        $"COPY (SELECT {Sql.Names(chunk.Table.Written.Select(c => c.Name))} FROM ONLY {chunk.Table.Name.Sql}{(chunk.Where.Length > 0 ? $" WHERE {chunk.Where}" : "")}) TO STDOUT (FORMAT {Format(chunk.Table)})";

    // Without a list COPY takes all columns that are not generated: the way to write rows of none (cases 21, 36).
    static string Into(CopyChunk chunk)
    {
        var columns = chunk.Table.Written.Any() ? $" ({Sql.Names(chunk.Table.Written.Select(c => c.Name))})" : "";
        // Only what was truncated in this very transaction can be frozen: nobody else can see the rows before it commits.
        return $"COPY {chunk.Table.Name.Sql}{columns} FROM STDIN (FORMAT {Format(chunk.Table)}{(chunk.Alone ? ", FREEZE" : "")})";
    }

    static string Format(Table table) => Binary(table) ? "binary" : "text";
}
