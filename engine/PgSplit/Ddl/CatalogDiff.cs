using Npgsql;
using PgSplit.Catalog;
using PgSplit.Pg;

namespace PgSplit.Ddl;

/// <summary>Something in which both catalogs differ.</summary>
/// <param name="Object">Which thing.</param>
/// <param name="What">Which property of it.</param>
/// <param name="Source">As the source has it; null where it has none.</param>
/// <param name="Target">As the target has it; null where it has none.</param>
sealed record CatalogDifference(string Object, string What, string? Source, string? Target);

/// <summary>
/// Compares everything of a set between both sides (PROTOCOL 1.3, step 7, and case 41). The engine's own objects don't count, nor do
/// rights and policies of roles that only one side has, nor what an older version of the server can't say.
/// </summary>
static class CatalogDiff
{
    public static async Task<IReadOnlyList<CatalogDifference>> CompareAsync(NpgsqlConnection source, NpgsqlConnection target, MoveSet set, CancellationToken ct)
    {
        string[] roles = [.. (await Grants.RolesAsync(source, ct)).Intersect(await Grants.RolesAsync(target, ct))];
        var left = await FactsAsync(source, target, await MoveSet.ReadAsync(source, set.Named, ct), roles, ct);
        var right = await FactsAsync(target, source, await MoveSet.ReadAsync(target, set.Named, ct), roles, ct);
        var differences = left.Keys.Union(right.Keys)
            .Where(k => left.GetValueOrDefault(k) != right.GetValueOrDefault(k))
            // Schemas are shared: others may have rights on the target's.
            .Where(k => k.What != "right" || !k.Object.StartsWith("SCHEMA ", StringComparison.Ordinal) || left.ContainsKey(k))
            .Where(k => k.What != "owner" || !left.TryGetValue(k, out var owner) || roles.Contains(owner))
            .Select(k => new CatalogDifference(k.Object, k.What, left.GetValueOrDefault(k), right.GetValueOrDefault(k)))
            .OrderBy(d => d.Object, StringComparer.Ordinal).ThenBy(d => d.What, StringComparer.Ordinal).ToList();
        if (source.PostgreSqlVersion.Major != target.PostgreSqlVersion.Major)
            await DropAlikeViewsAsync(target, differences, ct);
        return differences;
    }

    static async Task<Dictionary<(string Object, string What), string>> FactsAsync(NpgsqlConnection connection, NpgsqlConnection other, MoveSet set, string[] roles, CancellationToken ct)
    {
        var facts = await CatalogFacts.ReadAsync(connection, set, Math.Min(connection.PostgreSqlVersion.Major, other.PostgreSqlVersion.Major), ct);
        foreach (var kind in set.Objects.GroupBy(o => o.Kind).Where(g => g.Key < ObjectKind.Table))
        {
            var statements = await Definitions.ReadAsync(connection, kind.Key, [.. kind.Select(o => o.Oid)], ct);
            foreach (var o in kind)
                facts[(Created.Describe(o), "definition")] = statements[o.Oid];
        }

        foreach (var s in set.Sequences.Where(s => s.OwnerTable is not null))
            facts[($"sequence {s.Name.Sql}", "owned by")] = $"{s.OwnerTable!.Value.Sql}.{Sql.Name(s.OwnerColumn!)}";
        foreach (var view in await ViewDdl.ReadAsync(connection, [.. set.Of(ObjectKind.View, ObjectKind.MaterializedView).Select(o => o.Oid)], ct))
        {
            facts[($"view {view.Name}", "query")] = view.Query;
            facts[($"view {view.Name}", "definition")] = view.Create.Replace(view.Query, "…", StringComparison.Ordinal) + string.Concat(view.Afterwards.Select(a => "; " + a));
            facts[($"view {view.Name}", "populated")] = view.IsPopulated.ToString();
        }

        foreach (var index in (await IndexReader.ReadAsync(connection, set.Relations, ct)).Where(i => i.IsValid))
            facts[($"index {index.Name}", "definition")] = index.Definition;
        foreach (var part in await LateParts.ReadAsync(connection, set.Relations, TargetFinish.TypesOf(set), roles, ct))
        {
            if (part.Statement is not null && !part.Object.StartsWith("constraint ", StringComparison.Ordinal))
                facts[(part.Object, "definition")] = part.Statement;
        }

        foreach (var state in (await LateParts.StatesAsync(connection, set.Relations, ct)).Where(s => !s.Object.StartsWith("validity ", StringComparison.Ordinal)))
            facts[(state.Object, "state")] = state.Statement!;
        foreach (var comment in await Comments.ReadAsync(connection, set, roles, ct))
            facts[(comment.Object, "comment")] = comment.Text;
        foreach (var grant in (await Grants.ReadAsync(connection, set, other, ct)).Where(g => Grants.IsKnown(g, roles.ToHashSet(StringComparer.Ordinal))))
        {
            var grantee = grant.Grantee switch { null => "PUBLIC", Grant.Owner => "its owner", var role => role };
            facts[($"{grant.Object}{(grant.Column is null ? "" : $" ({grant.Column})")} to {grantee}: {grant.Privilege}", "right")] = grant.Grantable ? "grantable" : "granted";
        }

        return facts;
    }

    /// <summary>Newer servers print the same view with fewer qualifiers: what the target makes of the source's text is what counts.</summary>
    static async Task DropAlikeViewsAsync(NpgsqlConnection target, List<CatalogDifference> differences, CancellationToken ct)
    {
        foreach (var view in differences.Where(d => d is { What: "query", Source: not null, Target: not null }).ToList())
        {
            await using var transaction = await target.BeginTransactionAsync(ct);
            try
            {
                await target.RunAsync($"CREATE TEMPORARY VIEW pgsplit_compared AS {view.Source}", ct);
                if (await target.ScalarAsync<string>("SELECT rtrim(pg_get_viewdef('pg_temp.pgsplit_compared'::regclass), ';')", ct) == view.Target)
                    differences.Remove(view);
            }
            catch (PostgresException)
            {
                // What this server can't read is a difference.
            }
        }
    }
}
