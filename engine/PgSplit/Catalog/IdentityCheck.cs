namespace PgSplit.Catalog;

/// <summary>Rows of every published table must be told apart, or its updates fail on the source as soon as it is published (PROTOCOL case 49).</summary>
static class IdentityCheck
{
    /// <summary>Columns of the row identity that no stream carries; empty where all of it comes.</summary>
    public static IReadOnlyList<string> Unsent(Table table) =>
        [.. table.Columns.Where(c => table.Identity == RowIdentity.Full ? c.IsVirtual : c.IsGenerated && table.Key.Contains(c.Name)).Select(c => c.Name)];

    /// <exception cref="PgSplitException">Tables have none, or one that the stream would not carry.</exception>
    public static void Ensure(IReadOnlyList<Table> tables)
    {
        if (tables.FirstOrDefault(t => t.HoldsRows && Unsent(t).Count > 0) is { } unsent)
        {
            throw new PgSplitException(
                ExitCode.Refused, $"rows of {unsent.Name} can't be told apart: its row identity has the generated {(Unsent(unsent).Count == 1 ? "column" : "columns")} {string.Join(", ", Unsent(unsent))}, which no stream carries",
                $"add a primary key of other columns, or ALTER TABLE {unsent.Name.Sql} REPLICA IDENTITY USING INDEX …");
        }

        if (tables.Where(t => t.Identity == RowIdentity.Nothing).Select(t => t.Name).ToList() is not { Count: > 0 } without)
            return;
        throw new PgSplitException(
            ExitCode.Refused, $"rows of {string.Join(", ", without)} can't be told apart: no primary key, and REPLICA IDENTITY NOTHING or DEFAULT",
            $"add a primary key, or ALTER TABLE {without[0].Sql} REPLICA IDENTITY FULL");
    }
}
