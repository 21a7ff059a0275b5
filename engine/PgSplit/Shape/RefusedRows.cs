using Npgsql;
using PgSplit.Copy;
using PgSplit.Pg;

namespace PgSplit.Shape;

/// <summary>The list of rows that a condition keeps on the source (pgsplit.refused on the target), as exact as the rows themselves: written in their transactions.</summary>
static class RefusedRows
{
    public static string Reason(string where) => $"where: {where}";

    /// <summary>Lists the refused rows of a chunk, in the transaction that copies the others.</summary>
    public static Task CopyAsync(NpgsqlConnection source, NpgsqlConnection target, string moveId, CopyChunk chunk, CancellationToken ct)
    {
        var shape = chunk.Table.Shape!;
        var (schema, name) = chunk.Table.Name;
        return RawCopy.PipeAsync(
            source, $"COPY (SELECT {Sql.Text(moveId)}, {Sql.Text(schema)}, {Sql.Text(name)}, {shape.KeyTexts}, {shape.Reason} FROM ONLY {chunk.Table.Name.Sql} AS s{TableCopy.Where(chunk, $"({shape.Where}) IS NOT TRUE")}) TO STDOUT",
            target, "COPY pgsplit.refused (move_id, schema, name, key, reason) FROM STDIN", binary: false, null, ct);
    }
}
