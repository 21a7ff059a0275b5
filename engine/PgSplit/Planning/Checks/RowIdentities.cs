using PgSplit.Catalog;

namespace PgSplit.Planning.Checks;

/// <summary>Every table can tell its rows apart in the stream (PROTOCOL case 49).</summary>
static class RowIdentities
{
    public static Task CheckAsync(Examination x, CancellationToken ct)
    {
        foreach (var table in x.Tables)
        {
            var on = table.Name.ToString();
            if (table.Identity == RowIdentity.Nothing)
            {
                x.Blocker("row-identity", on, "has no primary key and no other row identity: once it is published, its updates and deletes fail",
                    $"ALTER TABLE {table.Name.Sql} ADD PRIMARY KEY (…); or ALTER TABLE {table.Name.Sql} REPLICA IDENTITY FULL");
            }
            else if (table.HoldsRows && IdentityCheck.Unsent(table) is { Count: > 0 } unsent)
            {
                x.Blocker("row-identity-generated", on, $"the row identity has generated columns, which no stream carries: {string.Join(", ", unsent)}",
                    $"add a primary key of other columns, or ALTER TABLE {table.Name.Sql} REPLICA IDENTITY USING INDEX …");
            }
            else if (table.Identity == RowIdentity.Full && table.HoldsRows)
            {
                x.Note("row-identity-full", on, "rows are told apart by all their columns: each update and delete searches the whole table on the other side, unless an index helps",
                    "a primary key makes it quick");
            }
        }

        return Task.CompletedTask;
    }
}
