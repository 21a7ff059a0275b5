using Npgsql;
using PgSplit.Catalog;
using PgSplit.Pg;

namespace PgSplit.Ddl;

/// <summary>Gives objects on the target the owner they have on the source, where there is such a role; else they stay the migrator's.</summary>
static class Owners
{
    /// <returns>Owners that could not be given, for people.</returns>
    public static async Task<IReadOnlyList<string>> ApplyAsync(NpgsqlConnection source, NpgsqlConnection target, IReadOnlyList<SetObject> objects, CancellationToken ct)
    {
        var report = new List<string>();
        var roles = (await RolesAsync(target, ct)).ToDictionary(r => r.Name, r => r.MayBe, StringComparer.Ordinal);
        var owners = await ReadAsync(source, objects, ct);
        var missing = owners.Values.Distinct(StringComparer.Ordinal).Where(o => !roles.GetValueOrDefault(o)).Order(StringComparer.Ordinal).ToList();
        report.AddRange(missing.Select(o => roles.ContainsKey(o)
            ? $"role {o} owns objects of the source; the migrator may not give them to it on the target and keeps them"
            : $"role {o} owns objects of the source and is not on the target: the migrator owns them there"));
        // A collation and a type, say, may have the same OID: they are told apart by their catalog.
        foreach (var o in objects)
        {
            if (owners.TryGetValue((o.Class, o.Oid), out var owner) && roles.GetValueOrDefault(owner))
                await target.ExecuteAsync($"ALTER {Keyword(o)} {o.Identity} OWNER TO {Sql.Name(owner)}", ct);
        }

        return report;
    }

    static string Keyword(SetObject o) => o.Kind switch
    {
        ObjectKind.Enum or ObjectKind.Composite or ObjectKind.Range => "TYPE",
        ObjectKind.MaterializedView => "MATERIALIZED VIEW",
        ObjectKind.Function => "ROUTINE",
        var kind => kind.ToString().ToUpperInvariant(),
    };

    static Task<List<(string Name, bool MayBe)>> RolesAsync(NpgsqlConnection target, CancellationToken ct) => target.QueryAsync(
        "SELECT rolname, pg_has_role(current_user, oid, 'USAGE') FROM pg_roles", r => (r.GetString(0), r.GetBoolean(1)), ct);

    static async Task<Dictionary<(string, uint), string>> ReadAsync(NpgsqlConnection source, IReadOnlyList<SetObject> objects, CancellationToken ct) => (await source.QueryAsync(
        """
        SELECT n.class, n.oid, pg_get_userbyid(coalesce(c.relowner, t.typowner, p.proowner, l.collowner, s.nspowner))
        FROM unnest($1::text[], $2::oid[]) n(class, oid)
        LEFT JOIN pg_class c ON n.class = 'pg_class' AND c.oid = n.oid
        LEFT JOIN pg_type t ON n.class = 'pg_type' AND t.oid = n.oid
        LEFT JOIN pg_proc p ON n.class = 'pg_proc' AND p.oid = n.oid
        LEFT JOIN pg_namespace s ON n.class = 'pg_namespace' AND s.oid = n.oid
        LEFT JOIN pg_collation l ON n.class = 'pg_collation' AND l.oid = n.oid
        """,
        r => (Class: r.GetString(0), Oid: r.GetFieldValue<uint>(1), Owner: r.GetString(2)), ct,
        objects.Select(o => o.Class).ToArray(), objects.Select(o => o.Oid).ToArray())).ToDictionary(o => (o.Class, o.Oid), o => o.Owner);
}
