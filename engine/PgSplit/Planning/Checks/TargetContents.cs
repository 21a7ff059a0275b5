using PgSplit.Pg;

namespace PgSplit.Planning.Checks;

/// <summary>The target has room in the other sense: nothing stands where the tables are to go.</summary>
static class TargetContents
{
    public static async Task CheckAsync(Examination x, CancellationToken ct)
    {
        if (x.Target is null || await IsOursAsync(x, ct))
            return;
        var taken = await x.Target.QueryAsync(
            """
            SELECT n.nspname, c.relname, CASE WHEN c.relkind IN ('r', 'p') THEN 'table' WHEN c.relkind IN ('v', 'm') THEN 'view' ELSE 'relation' END
            FROM unnest($1::text[], $2::text[]) AS m(schema, name)
            JOIN pg_namespace n ON n.nspname = m.schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = m.name
            ORDER BY 1, 2
            """,
            r => (Name: new QualifiedName(r.GetString(0), r.GetString(1)), Kind: r.GetString(2)), ct,
            x.Tables.Select(t => x.Move.TargetOf(t.Name).Schema).ToArray(), x.Tables.Select(t => x.Move.TargetOf(t.Name).Name).ToArray());
        foreach (var (name, kind) in taken)
            x.Blocker("target-has-table", name.ToString(), $"the target has a {kind} of this name already", "take another database, or drop it there if nobody needs it");
    }

    // The move has been prepared: what is there was made by it.
    static async Task<bool> IsOursAsync(Examination x, CancellationToken ct) =>
        await x.Target!.ScalarAsync<bool>("SELECT to_regclass('pgsplit.move') IS NOT NULL", ct)
        && await x.Target!.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pgsplit.move WHERE move_id = $1 AND lower(state) NOT IN ('cancelled', 'completed', 'planned'))", ct, x.Move.Id);
}
