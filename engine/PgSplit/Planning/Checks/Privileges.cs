using Npgsql;
using PgSplit.Pg;

namespace PgSplit.Planning.Checks;

/// <summary>The role may do what the move needs, superuser or not (PROTOCOL 1.0 and case 13).</summary>
static class Privileges
{
    static readonly string[] OriginFunctions =
    [
        "pg_replication_origin_create(text)", "pg_replication_origin_drop(text)", "pg_replication_origin_oid(text)",
        "pg_replication_origin_session_setup(text)", "pg_replication_origin_session_reset()", "pg_replication_origin_session_is_setup()",
        "pg_replication_origin_session_progress(boolean)", "pg_replication_origin_progress(text, boolean)",
        "pg_replication_origin_advance(text, pg_lsn)", "pg_replication_origin_xact_setup(pg_lsn, timestamp with time zone)", "pg_replication_origin_xact_reset()",
    ];

    public static async Task CheckAsync(Examination x, CancellationToken ct)
    {
        await ServerAsync(x, x.Source, "source", x.Move.Source.Route, ct);
        await TablesAsync(x, ct);
        if (x.Target is not null)
        {
            await ServerAsync(x, x.Target, "target", x.Move.Target.Route, ct);
            await RolesAsync(x, x.Target, ct);
        }
    }

    static async Task ServerAsync(Examination x, NpgsqlConnection connection, string side, string on, CancellationToken ct)
    {
        var role = (await connection.QueryAsync(
            """
            SELECT quote_ident(rolname), rolsuper, rolreplication, has_database_privilege(current_database(), 'CREATE'), quote_ident(current_database()),
                   has_parameter_privilege('session_replication_role', 'SET')
            FROM pg_roles WHERE rolname = current_user
            """,
            r => new { Name = r.GetString(0), IsSuper = r.GetBoolean(1), Replication = r.GetBoolean(2), Create = r.GetBoolean(3), Database = r.GetString(4), Parameter = r.GetBoolean(5) }, ct))[0];
        if (role.IsSuper)
            return;
        if (!role.Replication)
            x.Blocker("privilege-replication", role.Name, $"may not replicate from the {side} ({on})", $"ALTER ROLE {role.Name} REPLICATION");
        if (!role.Create)
            x.Blocker("privilege-create", role.Name, $"may not create schemas and publications in {on}", $"GRANT CREATE ON DATABASE {role.Database} TO {role.Name}");
        if (!role.Parameter)
            x.Blocker("privilege-parameter", role.Name, $"may not set session_replication_role on the {side}: replicated rows would fire triggers", $"GRANT SET ON PARAMETER session_replication_role TO {role.Name}");

        var lacking = await connection.QueryAsync(
            "SELECT f FROM unnest($1::text[]) WITH ORDINALITY AS w(f, n) WHERE NOT has_function_privilege('pg_catalog.' || f, 'EXECUTE') ORDER BY n", r => r.GetString(0), ct, [OriginFunctions]);
        if (lacking.Count > 0)
        {
            x.Blocker("privilege-origin", role.Name, $"may not use replication origins on the {side} ({on})",
                $"GRANT EXECUTE ON FUNCTION {string.Join(", ", lacking)} TO {role.Name}, in that database");
        }

        x.Note("guard-detects-only", role.Name, $"is no superuser on the {side}: an event trigger can't be made, so changes of schema are found out rather than refused",
            "let nobody change the moving tables while the move is open");
    }

    static async Task TablesAsync(Examination x, CancellationToken ct)
    {
        foreach (var (owner, tables) in await x.AskAsync(
            """
            SELECT quote_ident(pg_get_userbyid(c.relowner)), array_agg(c.oid::regclass::text ORDER BY c.oid::regclass::text)
            FROM pg_class c WHERE c.oid = ANY ($1) AND NOT pg_has_role(c.relowner, 'USAGE') GROUP BY c.relowner ORDER BY 1
            """,
            r => (r.GetString(0), r.GetFieldValue<string[]>(1)), ct))
        {
            x.Blocker("privilege-owner", Names.Some([.. tables.Select(Names.Short)]), $"belongs to {owner}, of which the role of the move is no member", $"GRANT {owner} TO the role of the move");
        }

        foreach (var table in await x.AskAsync("SELECT c.oid::regclass::text FROM pg_class c WHERE c.oid = ANY ($1) AND row_security_active(c.oid) ORDER BY 1", r => r.GetString(0), ct))
        {
            x.Blocker("privilege-rls", Names.Short(table), "has row security that holds for the role of the move: rows would be missing", "ALTER ROLE … BYPASSRLS, for the role of the move");
        }
    }

    static async Task RolesAsync(Examination x, NpgsqlConnection target, CancellationToken ct)
    {
        if (x.SameCluster)
            return;
        var named = await x.AskAsync(
            """
            SELECT DISTINCT pg_get_userbyid(r)::text FROM (
                SELECT c.relowner AS r FROM pg_class c WHERE c.oid = ANY ($1)
                UNION SELECT a.grantee FROM pg_class c, aclexplode(c.relacl) a WHERE c.oid = ANY ($1) AND a.grantee <> 0) all_roles
            ORDER BY 1
            """,
            r => r.GetString(0), ct);
        var there = await target.QueryAsync("SELECT rolname::text FROM pg_roles WHERE rolname::text = ANY ($1)", r => r.GetString(0), ct, [named.ToArray()]);
        foreach (var role in named.Except(there, StringComparer.Ordinal))
            x.Blocker("role-missing", role, "owns tables that move, or has rights on them, and is not on the target's server", $"CREATE ROLE {Sql.Name(role)} there, with its attributes and password");
    }
}
