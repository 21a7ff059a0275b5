using Hdms.Contracts;
using Hdms.Kit.Database;
using Npgsql;

namespace Hdms.Cli.Provisioning;

/// <summary>Who may do what in a database. A service reads and writes rows of its own tables; only its owner role makes tables.</summary>
internal static class ServiceRights
{
    public static async Task OnDatabaseAsync(NpgsqlConnection server, string database, IReadOnlyList<Service> services, CancellationToken ct)
    {
        var roles = services.SelectMany(s => new[] { s.Role, s.OwnerRole }).Append(Provisioner.ReportRole).Select(Sql.Name);
        await AdminSql.RunAsync(server, $"REVOKE ALL ON DATABASE {Sql.Name(database)} FROM PUBLIC", ct);
        await AdminSql.RunAsync(server, $"GRANT CONNECT ON DATABASE {Sql.Name(database)} TO {string.Join(", ", roles)}", ct);
    }

    public static async Task OnSchemasAsync(NpgsqlConnection inside, IReadOnlyList<Service> services, CancellationToken ct)
    {
        var report = Sql.Name(Provisioner.ReportSchema);
        await AdminSql.RunAsync(
            inside,
            $"""
             REVOKE ALL ON SCHEMA public FROM PUBLIC;
             CREATE SCHEMA IF NOT EXISTS {report};
             GRANT USAGE ON SCHEMA {report} TO {Sql.Name(Provisioner.ReportRole)};
             """,
            ct);
        foreach (var service in services)
        {
            await AdminSql.RunAsync(inside, OfService(Sql.Name(service.Role), Sql.Name(service.OwnerRole), report), ct);
            if (service.CopySchema is { } copies)
                await AdminSql.RunAsync(inside, OfCopies(Sql.Name(service.Role), Sql.Name(service.OwnerRole), Sql.Name(copies)), ct);
            await OnTablesThereAsync(inside, service, ct);
        }
    }

    static string OfCopies(string role, string owner, string schema) =>
        $"""
         CREATE SCHEMA IF NOT EXISTS {schema};
         GRANT USAGE, CREATE ON SCHEMA {schema} TO {owner};
         GRANT USAGE ON SCHEMA {schema} TO {role};
         ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {schema} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role};
         """;

    // Functions are anybody's to call unless said otherwise, and one that runs with its owner's rights would open the owner's tables.
    static string OfService(string role, string owner, string report) =>
        $"""
         GRANT USAGE ON SCHEMA public TO {role};
         GRANT USAGE, CREATE ON SCHEMA public TO {owner};
         GRANT USAGE, CREATE ON SCHEMA {report} TO {owner};
         ALTER DEFAULT PRIVILEGES FOR ROLE {owner} REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
         ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role};
         ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT USAGE ON SEQUENCES TO {role};
         ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO {role};
         ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {report} GRANT SELECT ON TABLES TO {Sql.Name(Provisioner.ReportRole)};
         """;

    // Default privileges are for what is made later; tables that came from a restore or a move are here already. Those of an open
    // move have theirs from the move.
    static async Task OnTablesThereAsync(NpgsqlConnection inside, Service service, CancellationToken ct)
    {
        const string owned =
            """
            SELECT format('GRANT %s ON %s %s TO %I',
                          CASE WHEN relkind = 'S' THEN 'USAGE'
                               WHEN EXISTS (SELECT FROM pg_trigger WHERE tgrelid = c.oid AND tgname = 'append_only') THEN 'SELECT, INSERT'
                               ELSE 'SELECT, INSERT, UPDATE, DELETE' END,
                          CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, c.oid::regclass, $2)
              FROM pg_class AS c
             WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S') AND relowner = $1::regrole
               AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = c.oid AND tgname LIKE 'pgsplit\_fence%')
            UNION ALL
            SELECT format('GRANT SELECT ON %s TO %I', oid::regclass, $3) FROM pg_class
             WHERE relnamespace = $4::regnamespace AND relkind = 'v' AND relowner = $1::regrole
            """;
        await using var command = new NpgsqlCommand(owned, inside)
        {
            Parameters = { new() { Value = service.OwnerRole }, new() { Value = service.Role }, new() { Value = Provisioner.ReportRole }, new() { Value = Provisioner.ReportSchema } },
        };
        var grants = new List<string>();
        await using (var reader = await command.ExecuteReaderAsync(ct))
        {
            while (await reader.ReadAsync(ct))
                grants.Add(reader.GetString(0));
        }

        foreach (var grant in grants)
            await AdminSql.RunAsync(inside, grant, ct);
    }
}
