using System.Collections.Concurrent;
using Npgsql;
using PgSplit.Catalog;
using PgSplit.Pg;

namespace PgSplit.Ddl;

/// <summary>What a person should know of a target that is finished.</summary>
/// <param name="FiringTriggers">ENABLE ALWAYS and ENABLE REPLICA: they fire while changes are applied too, and somebody has to have decided that (PROTOCOL case 45).</param>
/// <param name="LeftOut">Owners, rights and policies of roles that the target doesn't have.</param>
sealed record FinishReport(IReadOnlyList<string> FiringTriggers, IReadOnlyList<string> LeftOut);

/// <summary>All that comes after the rows and the indexes (PROTOCOL 1.3, step 7). Every step looks at what is there first, so an interrupted run is simply begun again.</summary>
static class TargetFinish
{
    /// <param name="server">The target's, for sessions beside <paramref name="target"/>.</param>
    /// <param name="workers">Tables whose foreign keys are validated at once.</param>
    /// <exception cref="PgSplitException">A view, constraint, trigger, rule or policy of the same name is there that says something else.</exception>
    public static async Task<FinishReport> RunAsync(NpgsqlConnection source, NpgsqlConnection target, PgServer server, string moveId, MoveSet set, int workers, CancellationToken ct)
    {
        var (fresh, populated) = await MakeViewsAsync(source, target, moveId, set, ct);
        var leftOut = new List<string>(await Owners.ApplyAsync(source, target, fresh, ct));
        var there = await MoveSet.ReadAsync(target, set.Named, ct);
        string[] roles = [.. (await Grants.RolesAsync(source, ct)).Intersect(await Grants.RolesAsync(target, ct))];
        leftOut.AddRange(await AddPartsAsync(source, set, target, there, roles, ct));
        // Again: a trigger's function belongs to the set by its trigger alone.
        there = await MoveSet.ReadAsync(target, set.Named, ct);
        var states = await LateParts.StatesAsync(source, set.Relations, ct);
        var missing = states.Except(await LateParts.StatesAsync(target, there.Relations, ct)).ToLookup(s => s.Validated is not null);
        await ValidateAsync(server, missing[true], workers, ct);
        foreach (var state in missing[false])
            await target.RunAsync(state.Statement!, ct);

        foreach (var index in (await IndexReader.ReadAsync(source, [.. set.Of(ObjectKind.MaterializedView).Select(v => v.Oid)], ct)).Where(i => i.IsValid))
            await TargetIndexes.EnsureAsync(target, index, ct);
        foreach (var view in populated)
        {
            if (!await target.ScalarAsync<bool>("SELECT relispopulated FROM pg_class WHERE oid = to_regclass($1)", ct, view))
                await target.ExecuteAsync($"REFRESH MATERIALIZED VIEW {view}", ct);
        }

        await Comments.ApplyAsync(source, set, target, there, roles, ct);
        leftOut.AddRange(await Grants.ApplyAsync(source, set, target, there, ct));
        return new FinishReport(
            [.. states.Where(s => s.Statement!.Contains(" ENABLE ALWAYS TRIGGER ", StringComparison.Ordinal) || s.Statement.Contains(" ENABLE REPLICA TRIGGER ", StringComparison.Ordinal))
                .Select(s => s.Object["state of ".Length..])],
            leftOut);
    }

    // The constraints of one table wait for one another.
    static Task ValidateAsync(PgServer server, IEnumerable<LatePart> constraints, int workers, CancellationToken ct)
    {
        var tables = new ConcurrentQueue<IGrouping<string, LatePart>>(constraints.GroupBy(c => c.Validated!));
        return Together.RunAsync(Enumerable.Repeat<Func<CancellationToken, Task>>(WorkAsync, Math.Clamp(workers, 1, Math.Max(1, tables.Count))), ct);

        async Task WorkAsync(CancellationToken stop)
        {
            if (tables.IsEmpty)
                return;
            await using var session = await server.OpenAsync("validate", stop);
            while (tables.TryDequeue(out var table))
            {
                foreach (var constraint in table)
                    await session.RunAsync(constraint.Statement!, stop);
            }
        }
    }

    /// <summary>Views, and functions that are made of them, each with its record in one transaction.</summary>
    /// <returns>What was made now, and the materialized views that have to have rows, in the order of their making.</returns>
    static async Task<(List<SetObject> Fresh, List<string> Populated)> MakeViewsAsync(NpgsqlConnection source, NpgsqlConnection target, string moveId, MoveSet set, CancellationToken ct)
    {
        var late = set.Objects.Where(o => o.AfterTables).ToList();
        var views = (await ViewDdl.ReadAsync(source, [.. late.Where(o => o.Kind > ObjectKind.Table).Select(o => o.Oid)], ct)).ToDictionary(v => v.Oid);
        var definitions = await TargetTables.DefinitionsAsync(source, set, ct);
        var fresh = new List<SetObject>();
        foreach (var o in late)
        {
            if (await Existing.IsUsableAsync(target, moveId, o, definitions, ct))
                continue;
            await using var transaction = await target.BeginTransactionAsync(ct);
            await target.ExecuteAsync("SET LOCAL check_function_bodies = off", ct);
            if (o.Kind > ObjectKind.Table)
            {
                await target.RunAsync(views[o.Oid].Create, ct);
                foreach (var statement in views[o.Oid].Afterwards)
                    await target.RunAsync(statement, ct);
            }
            else
            {
                await target.RunAsync(definitions[(o.Kind, o.Oid)], ct);
            }

            await Created.RecordAsync(target, moveId, o.Class, o.Identity, ct);
            await transaction.CommitAsync(ct);
            fresh.Add(o);
        }

        return (fresh, [.. late.Where(o => o.Kind == ObjectKind.MaterializedView && views[o.Oid].IsPopulated).Select(o => o.Identity)]);
    }

    static async Task<IReadOnlyList<string>> AddPartsAsync(NpgsqlConnection source, MoveSet set, NpgsqlConnection target, MoveSet there, string[] roles, CancellationToken ct)
    {
        var existing = (await LateParts.ReadAsync(target, there.Relations, TypesOf(there), roles, ct)).ToDictionary(p => p.Object, p => p.Statement, StringComparer.Ordinal);
        var leftOut = new List<string>();
        foreach (var part in await LateParts.ReadAsync(source, set.Relations, TypesOf(set), roles, ct))
        {
            if (part.Statement is null)
                leftOut.Add($"{part.Object} is for roles that are not on the target, and was left out");
            else if (!existing.TryGetValue(part.Object, out var statement))
                await target.RunAsync(part.Statement, ct);
            else if (statement != part.Statement)
                throw new PgSplitException(ExitCode.Refused, $"{part.Object} is on the target already, and another than the source's", "drop it on the target and go on");
        }

        return leftOut;
    }

    internal static uint[] TypesOf(MoveSet set) => [.. set.Objects.Where(o => o.Class == "pg_type").Select(o => o.Oid)];
}
