using Npgsql;
using PgSplit.Catalog;
using PgSplit.Mapping;

namespace PgSplit.Planning;

/// <summary>Every table of the source is in a service or ignored: one that nobody thought of must not be left behind in silence.</summary>
static class Placement
{
    public static async Task CheckAsync(Map map, NpgsqlConnection source, List<Finding> findings, CancellationToken ct)
    {
        var placed = map.Services.SelectMany(s => s.Move.Tables).ToHashSet();
        foreach (var table in await UserTables.ReadAsync(source, ct))
        {
            if (!placed.Contains(table.Name) && !map.Ignore.Any(p => p.Matches(table.Name)))
            {
                findings.Add(new Finding(Severity.Blocker, "table-unplaced", null, table.Name.ToString(), "the map says nothing of this table",
                    $"name it in a service, or under ignore ('*' there means: all others stay)"));
            }
        }
    }
}
