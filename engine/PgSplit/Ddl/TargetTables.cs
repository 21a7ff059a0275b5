using Npgsql;
using PgSplit.Catalog;
using PgSplit.Pg;

namespace PgSplit.Ddl;

/// <summary>The target's tables, made from the source's catalog: bare enough to be filled fast (PROTOCOL 1.2, step 2). Keys, indexes, foreign keys and the rest come after the copy.</summary>
static class TargetTables
{
    /// <summary>Makes schemas, extensions, types, sequences, functions and tables in one transaction. What this move made before is left as it is.</summary>
    /// <param name="reshape">Done before all of it is committed.</param>
    /// <param name="first">Done in the same transaction before anything is made.</param>
    /// <returns>What a person should know: owners that don't exist on the target.</returns>
    /// <exception cref="PgSplitException">Something of the same name is there that this move didn't make, or an object can't be carried.</exception>
    public static async Task<IReadOnlyList<string>> CreateAsync(
        NpgsqlConnection source, NpgsqlConnection target, string moveId, MoveSet set, CancellationToken ct, Func<Task<IReadOnlyList<string>>>? reshape = null, Func<Task>? first = null)
    {
        if (set.Named.Except(set.Tables.Select(t => t.Name)).FirstOrDefault() is { Name: not null } missing)
            throw new PgSplitException(ExitCode.Refused, $"there is no table {missing} on the source", "correct the map");
        var tables = await TableDdl.ReadAsync(source, [.. set.Of(ObjectKind.Table).Select(o => o.Oid)], target.PostgreSqlVersion.Major * 10_000, ct);
        if (tables.FirstOrDefault(t => t.Refusal is not null) is { } refused)
            throw new PgSplitException(ExitCode.Refused, $"table {refused.Name} {refused.Refusal} and can't be moved", "leave it out of the map, or make it an ordinary table first");
        if ((await NewerParts.ReadAsync(source, [.. set.Tables.Select(t => t.Oid)], target.PostgreSqlVersion.Major, ct)).FirstOrDefault() is { } newer)
        {
            throw new PgSplitException(
                ExitCode.Refused, $"{newer.Object} {newer.What}, which PostgreSQL {newer.Since} has brought, and the target is PostgreSQL {target.PostgreSqlVersion.Major}",
                "take a target of the source's version or a later one, or do without it");
        }

        await using var transaction = await target.BeginTransactionAsync(ct);
        if (first is not null)
            await first();
        // Functions may name tables that come later, and the engine never calls them.
        await target.ExecuteAsync("SET LOCAL check_function_bodies = off", ct);
        var report = new List<string>(await SchemasAsync(source, target, moveId, set, ct));
        await TargetExtensions.EnsureAsync(target, moveId, set, ct);

        var fresh = new List<SetObject>();
        var definitions = await DefinitionsAsync(source, set, ct);
        var byOid = tables.ToDictionary(t => t.Oid);
        foreach (var o in set.Objects.Where(o => !o.AfterTables && !IsIdentity(set, o)))
        {
            if (await Existing.IsUsableAsync(target, moveId, o, definitions, ct))
                continue;
            await target.RunAsync(o.Kind == ObjectKind.Table ? byOid[o.Oid].Create : definitions[(o.Kind, o.Oid)], ct);
            await Created.RecordAsync(target, moveId, o.Class, o.Identity, ct);
            fresh.Add(o);
        }

        var freshTables = fresh.Where(o => o.Kind == ObjectKind.Table).Select(o => byOid[o.Oid]).ToList();
        foreach (var statement in freshTables.SelectMany(t => t.Afterwards))
            await target.RunAsync(statement, ct);
        // A child's own check first, then the parent's of the same name joins it.
        var depth = await DepthsAsync(source, [.. freshTables.Select(t => t.Oid)], ct);
        foreach (var statement in freshTables.OrderByDescending(t => depth[t.Oid]).SelectMany(t => t.Checks))
            await target.RunAsync(statement, ct);
        report.AddRange(await Owners.ApplyAsync(source, target, fresh, ct));
        foreach (var s in set.Sequences.Where(s => !s.IsIdentity && s.OwnerTable is not null && fresh.Any(o => o.Kind == ObjectKind.Sequence && o.Oid == s.Oid)))
            await target.ExecuteAsync($"ALTER SEQUENCE {s.Name.Sql} OWNED BY {s.OwnerTable!.Value.Sql}.{Sql.Name(s.OwnerColumn!)}", ct);
        if (reshape is not null)
            report.AddRange(await reshape());
        await transaction.CommitAsync(ct);
        return [.. report.Distinct()];
    }

    /// <summary>Removes what the move made on the target, known by OID, and nothing else. Does nothing the second time.</summary>
    /// <exception cref="PgSplitException">Somebody else's object depends on something that would go; nothing is dropped.</exception>
    public static Task DropAsync(NpgsqlConnection target, string moveId, CancellationToken ct) => TargetDrop.RunAsync(target, moveId, ct);

    internal static async Task<IReadOnlyDictionary<(ObjectKind, uint), string>> DefinitionsAsync(NpgsqlConnection source, MoveSet set, CancellationToken ct)
    {
        var all = new Dictionary<(ObjectKind, uint), string>();
        foreach (var kind in set.Objects.GroupBy(o => o.Kind).Where(g => g.Key < ObjectKind.Table))
        {
            foreach (var (oid, statement) in await Definitions.ReadAsync(source, kind.Key, [.. kind.Select(o => o.Oid)], ct))
                all[(kind.Key, oid)] = statement;
        }

        return all;
    }

    static bool IsIdentity(MoveSet set, SetObject o) => o.Kind == ObjectKind.Sequence && set.Sequences.Any(s => s.Oid == o.Oid && s.IsIdentity);

    /// <summary>A schema that is there is shared with whoever made it, and stays as it is.</summary>
    static async Task<IReadOnlyList<string>> SchemasAsync(NpgsqlConnection source, NpgsqlConnection target, string moveId, MoveSet set, CancellationToken ct)
    {
        var fresh = new List<SetObject>();
        foreach (var (oid, identity, comment) in await source.QueryAsync(
            "SELECT oid, quote_ident(nspname), obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = ANY ($1) ORDER BY nspname",
            r => (r.GetFieldValue<uint>(0), r.GetString(1), r.TextOrNull(2)), ct, [set.Schemas.ToArray()]))
        {
            if (await Created.FindAsync(target, "pg_namespace", identity, ct) is not null)
                continue;
            await target.RunAsync($"CREATE SCHEMA {identity}", ct);
            if (comment is not null)
                await target.RunAsync($"COMMENT ON SCHEMA {identity} IS {Sql.Text(comment)}", ct);
            await Created.RecordAsync(target, moveId, "pg_namespace", identity, ct);
            fresh.Add(new SetObject(ObjectKind.Schema, oid, identity, AfterTables: false));
        }

        return await Owners.ApplyAsync(source, target, fresh, ct);
    }

    static async Task<Dictionary<uint, int>> DepthsAsync(NpgsqlConnection source, uint[] tables, CancellationToken ct) => (await source.QueryAsync(
        """
        WITH RECURSIVE up(oid, ancestor, depth) AS (
            SELECT t, t, 0 FROM unnest($1::oid[]) t
            UNION ALL
            SELECT up.oid, h.inhparent, up.depth + 1 FROM up JOIN pg_inherits h ON h.inhrelid = up.ancestor)
        SELECT oid, max(depth) FROM up GROUP BY oid
        """,
        r => (Oid: r.GetFieldValue<uint>(0), Depth: r.GetInt32(1)), ct, tables)).ToDictionary(d => d.Oid, d => d.Depth);
}
