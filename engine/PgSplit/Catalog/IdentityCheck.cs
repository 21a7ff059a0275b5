namespace PgSplit.Catalog;

/// <summary>Rows of every published table must be told apart, or its updates fail on the source as soon as it is published (PROTOCOL case 49).</summary>
static class IdentityCheck
{
    /// <exception cref="PgSplitException">Tables have none.</exception>
    public static void Ensure(IEnumerable<Table> tables)
    {
        if (tables.Where(t => t.Identity == RowIdentity.Nothing).Select(t => t.Name).ToList() is not { Count: > 0 } without)
            return;
        throw new PgSplitException(
            ExitCode.Refused, $"rows of {string.Join(", ", without)} can't be told apart: no primary key, and REPLICA IDENTITY NOTHING or DEFAULT",
            $"add a primary key, or ALTER TABLE {without[0].Sql} REPLICA IDENTITY FULL");
    }
}
