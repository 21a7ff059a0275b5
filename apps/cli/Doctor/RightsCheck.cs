using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Hosting;
using Npgsql;

namespace Hdms.Cli.Doctor;

/// <summary>Whether a service's roles may still do what provisioning gave them, and nothing else.</summary>
internal static class RightsCheck
{
    const string Again = "hdms migrate-schema sets roles and rights again.";

    public static async Task<IReadOnlyList<DoctorFinding>> RunAsync(NpgsqlConnection admin, Service service, CancellationToken ct)
    {
        var findings = new List<DoctorFinding>();
        foreach (var role in new[] { service.Role, service.OwnerRole })
            findings.AddRange(await OfRoleAsync(admin, service, role, ct));
        if (findings.Exists(f => f.Severity == Severity.Error))
            return findings;
        findings.AddRange(await OfTablesAsync(admin, service, ct));
        return findings;
    }

    static async Task<IEnumerable<DoctorFinding>> OfRoleAsync(NpgsqlConnection admin, Service service, string role, CancellationToken ct)
    {
        const string Query =
            """
            SELECT rolcanlogin, rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls,
                   coalesce((SELECT string_agg(roleid::regrole::text, ', ') FROM pg_auth_members WHERE member = r.oid), '')
            FROM pg_roles AS r WHERE rolname = @role
            """;
        var found = await admin.QuerySingleOrDefaultAsync<(bool CanLogIn, bool Mighty, string MemberOf)?>(new CommandDefinition(Query, new { role }, cancellationToken: ct));
        return Judge();

        IEnumerable<DoctorFinding> Judge()
        {
            if (found is not var (canLogIn, mighty, memberOf))
            {
                yield return new(Severity.Error, service.Name, $"Role {role} is missing.", Again);
                yield break;
            }

            if (!canLogIn)
                yield return new(Severity.Error, service.Name, $"Role {role} may not sign in.", Again);
            if (mighty)
                yield return new(Severity.Warning, service.Name, $"Role {role} may do what only an admin should.", $"ALTER ROLE {role} NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS");
            if (memberOf.Length > 0)
                yield return new(Severity.Warning, service.Name, $"Role {role} is a member of {memberOf}, and so may do what those may.", $"REVOKE {memberOf} FROM {role}");
        }
    }

    static async Task<IEnumerable<DoctorFinding>> OfTablesAsync(NpgsqlConnection admin, Service service, CancellationToken ct)
    {
        const string Query =
            """
            SELECT c.oid::regclass::text AS "Table", c.relowner = @owner::regrole AS "Own", c.relowner::regrole::text AS "Owner",
                   has_table_privilege(@role, c.oid, 'SELECT') AND has_table_privilege(@role, c.oid, 'INSERT') AS "MayUse",
                   has_table_privilege(@role, c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER') AS "MayAny",
                   has_table_privilege(@role, c.oid, 'UPDATE, DELETE, TRUNCATE') AND EXISTS (
                     SELECT FROM pg_trigger WHERE tgrelid = c.oid AND tgname = 'append_only') AS "MayRewrite"
            FROM pg_class AS c
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
            ORDER BY 1
            """;
        var tables = await admin.QueryAsync<TableRights>(new CommandDefinition(Query, new { role = service.Role, owner = service.OwnerRole }, cancellationToken: ct));
        return tables.SelectMany(t => Judge(service, t));
    }

    static IEnumerable<DoctorFinding> Judge(Service service, TableRights t)
    {
        if (t.Own && !t.MayUse)
            yield return new(Severity.Error, service.Name, $"Role {service.Role} may not read and write its own table {t.Table}.", Again);
        if (t.Own && t.MayRewrite)
            yield return new(Severity.Warning, service.Name, $"Role {service.Role} may change what is in {t.Table}, which is only ever added to.", $"REVOKE UPDATE, DELETE, TRUNCATE ON {t.Table} FROM {service.Role}");
        if (!t.Own && t.MayAny)
            yield return new(Severity.Warning, service.Name, $"Role {service.Role} has rights on {t.Table}, which is {t.Owner}'s.", $"REVOKE ALL ON {t.Table} FROM {service.Role}");
        if (!t.Own && t.Table.StartsWith(service.Name + "_", StringComparison.Ordinal))
            yield return new(Severity.Warning, service.Name, $"Table {t.Table} belongs to {t.Owner} instead of {service.OwnerRole}.", $"ALTER TABLE {t.Table} OWNER TO {service.OwnerRole}");
    }

    sealed record TableRights(string Table, bool Own, string Owner, bool MayUse, bool MayAny, bool MayRewrite);
}
