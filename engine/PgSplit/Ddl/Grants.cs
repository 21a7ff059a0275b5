using Npgsql;
using PgSplit.Catalog;
using PgSplit.Pg;

namespace PgSplit.Ddl;

/// <summary>A right on an object, or on one of its columns.</summary>
/// <param name="Object">As GRANT names it: <c>TABLE app.orders</c>.</param>
/// <param name="Column">Quoted; null for the whole object.</param>
/// <param name="Grantee">A role, <c>PUBLIC</c> as null, or <see cref="Owner"/> for whoever owns the object on that side.</param>
/// <param name="Privilege">SELECT, …</param>
/// <param name="Grantable">WITH GRANT OPTION.</param>
sealed record Grant(string Object, string? Column, string? Grantee, string Privilege, bool Grantable)
{
    /// <summary>No name of a role: those are never empty.</summary>
    public const string Owner = "";

    /// <summary>Schemas are shared with others: rights are added to them, never taken.</summary>
    public bool IsOnSchema => Object.StartsWith("SCHEMA ", StringComparison.Ordinal);
}

/// <summary>Rights of a set, with defaults spelled out: read alike on both sides, so that what differs is what has to be granted or revoked. Who granted them is not carried.</summary>
static class Grants
{
    /// <returns>Roles that are not on the target, for people.</returns>
    public static async Task<IReadOnlyList<string>> ApplyAsync(NpgsqlConnection source, MoveSet sourceSet, NpgsqlConnection target, MoveSet targetSet, CancellationToken ct)
    {
        var roles = await RolesAsync(target, ct);
        var all = await ReadAsync(source, sourceSet, target, ct);
        var wanted = all.Where(g => IsKnown(g, roles)).ToHashSet();
        foreach (var g in (await ReadAsync(target, targetSet, source, ct)).Where(g => !wanted.Contains(g) && !g.IsOnSchema))
            await target.ExecuteAsync($"REVOKE {What(g)} FROM {await WhoAsync(target, g, ct)} CASCADE", ct);
        // Read again: to revoke a right on a table takes those on its columns with it.
        foreach (var g in wanted.Except(await ReadAsync(target, targetSet, source, ct)))
            await target.ExecuteAsync($"GRANT {What(g)} TO {await WhoAsync(target, g, ct)}{(g.Grantable ? " WITH GRANT OPTION" : "")}", ct);
        return [.. all.Where(g => !IsKnown(g, roles)).GroupBy(g => g.Grantee!).OrderBy(r => r.Key, StringComparer.Ordinal)
            .Select(r => $"role {r.Key} is not on the target; its rights were left out: {string.Join(", ", r.Select(g => $"{g.Privilege} on {g.Object}").Distinct().Order(StringComparer.Ordinal))}")];
    }

    public static bool IsKnown(Grant grant, IReadOnlySet<string> roles) => grant.Grantee is null or Grant.Owner || roles.Contains(grant.Grantee);

    public static async Task<IReadOnlySet<string>> RolesAsync(NpgsqlConnection connection, CancellationToken ct) =>
        (await connection.QueryAsync("SELECT rolname FROM pg_roles", r => r.GetString(0), ct)).ToHashSet(StringComparer.Ordinal);

    /// <param name="connection">Where to read.</param>
    /// <param name="set">As read there.</param>
    /// <param name="other">The other side: a right that its version doesn't know (MAINTAIN, from 17 on) is left out.</param>
    /// <param name="ct">Token.</param>
    public static Task<List<Grant>> ReadAsync(NpgsqlConnection connection, MoveSet set, NpgsqlConnection other, CancellationToken ct) => connection.QueryAsync(
        """
        WITH objects(object, owner, acl, kind, columns_of) AS (
            SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END || c.oid::regclass, c.relowner, c.relacl,
                   (CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END)::"char", CASE WHEN c.relkind <> 'S' THEN c.oid END
            FROM unnest($1::text[], $2::oid[]) n(class, oid) JOIN pg_class c ON n.class = 'pg_class' AND c.oid = n.oid
            UNION ALL
            SELECT 'TYPE ' || o.identity, t.typowner, t.typacl, 'T', NULL
            FROM unnest($1::text[], $2::oid[]) n(class, oid) JOIN pg_type t ON n.class = 'pg_type' AND t.oid = n.oid, pg_identify_object('pg_type'::regclass, t.oid, 0) o
            UNION ALL
            SELECT 'ROUTINE ' || o.identity, p.proowner, p.proacl, 'f', NULL
            FROM unnest($1::text[], $2::oid[]) n(class, oid) JOIN pg_proc p ON n.class = 'pg_proc' AND p.oid = n.oid, pg_identify_object('pg_proc'::regclass, p.oid, 0) o
            UNION ALL
            SELECT format('SCHEMA %I', s.nspname), s.nspowner, s.nspacl, 'n', NULL FROM pg_namespace s WHERE s.nspname = ANY ($3)),
        rights(object, attname, owner, acl) AS (
            SELECT object, NULL, owner, coalesce(acl, acldefault(kind, owner)) FROM objects
            UNION ALL
            SELECT object, quote_ident(a.attname), owner, a.attacl FROM objects JOIN pg_attribute a ON a.attrelid = columns_of AND a.attacl IS NOT NULL AND NOT a.attisdropped)
        SELECT r.object, r.attname, CASE WHEN x.grantee = r.owner THEN '' WHEN x.grantee <> 0 THEN pg_get_userbyid(x.grantee) END, x.privilege_type, bool_or(x.is_grantable AND x.grantee <> r.owner)
        FROM rights r, aclexplode(r.acl) x
        WHERE NOT (starts_with(r.object, 'SCHEMA ') AND x.grantee = r.owner) AND ($4 OR x.privilege_type <> 'MAINTAIN')
        GROUP BY 1, 2, 3, 4
        ORDER BY 1, 2, 3, 4
        """,
        r => new Grant(r.GetString(0), r.TextOrNull(1), r.TextOrNull(2), r.GetString(3), r.GetBoolean(4)), ct,
        set.Objects.Select(o => o.Class).ToArray(), set.Objects.Select(o => o.Oid).ToArray(), set.Schemas.ToArray(),
        Math.Min(connection.PostgreSqlVersion.Major, other.PostgreSqlVersion.Major) >= 17);

    static string What(Grant g) => $"{g.Privilege}{(g.Column is null ? "" : $" ({g.Column})")} ON {g.Object}";

    static async Task<string> WhoAsync(NpgsqlConnection target, Grant g, CancellationToken ct) => g.Grantee switch
    {
        null => "PUBLIC",
        Grant.Owner => Sql.Name(await OwnerOfAsync(target, g.Object, ct)),
        var role => Sql.Name(role),
    };

    static async Task<string> OwnerOfAsync(NpgsqlConnection target, string grantObject, CancellationToken ct)
    {
        var (keyword, identity) = (grantObject[..grantObject.IndexOf(' ', StringComparison.Ordinal)], grantObject[(grantObject.IndexOf(' ', StringComparison.Ordinal) + 1)..]);
        return (await target.ScalarAsync<string>(keyword switch
        {
            "TYPE" => "SELECT pg_get_userbyid(typowner) FROM pg_type WHERE oid = to_regtype($1)",
            "ROUTINE" => "SELECT pg_get_userbyid(proowner) FROM pg_proc WHERE oid = to_regprocedure($1)",
            _ => "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = to_regclass($1)",
        }, ct, identity))!;
    }
}
