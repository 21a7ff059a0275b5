namespace PgSplit.Planning.Checks;

/// <summary>What is not whole on the source (PROTOCOL case 41).</summary>
static class IndexesAndConstraints
{
    public static async Task CheckAsync(Examination x, CancellationToken ct)
    {
        foreach (var name in await x.AskAsync(
            "SELECT i.indexrelid::regclass::text FROM pg_index i WHERE i.indrelid = ANY ($1) AND NOT i.indisvalid ORDER BY 1", r => r.GetString(0), ct))
        {
            x.Warning("index-invalid", Names.Short(name), "is invalid (an interrupted CREATE INDEX CONCURRENTLY leaves such); it is not built on the target", $"REINDEX INDEX CONCURRENTLY {name}, or DROP INDEX {name}");
        }

        foreach (var (name, table, quoted) in await x.AskAsync(
            "SELECT k.conname, k.conrelid::regclass::text, quote_ident(k.conname) FROM pg_constraint k WHERE k.conrelid = ANY ($1) AND NOT k.convalidated AND k.conparentid = 0 ORDER BY 2, 1",
            r => (r.GetString(0), r.GetString(1), r.GetString(2)), ct))
        {
            x.Note("constraint-not-valid", $"{Names.Short(table)}.{name}", "is NOT VALID, and stays so on the target", $"ALTER TABLE {table} VALIDATE CONSTRAINT {quoted}, if it is to hold for all rows");
        }
    }
}
