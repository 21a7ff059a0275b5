using Hdms.Contracts;
using Npgsql;

namespace Hdms.Cli.Provisioning;

/// <summary>The roles that services sign in as. A role owns nothing but its service's tables, and no role is a member of another.</summary>
internal static class ServiceRoles
{
    public static async Task EnsureAsync(NpgsqlConnection server, IReadOnlyList<Service> services, Secrets secrets, CancellationToken ct)
    {
        foreach (var service in services)
        {
            await EnsureLoginAsync(server, service.Role, secrets[$"{service.Name}_password"], ct);
            await EnsureLoginAsync(server, service.OwnerRole, secrets[$"{service.Name}_owner_password"], ct);
            await LetAdminActForAsync(server, service.OwnerRole, ct);
        }

        // As it is, if it is there: an operator may have let it sign in.
        if (!await ExistsAsync(server, Provisioner.ReportRole, ct))
            await Sql.RunAsync(server, $"CREATE ROLE {Sql.Name(Provisioner.ReportRole)} NOLOGIN", ct);
        if (!await Sql.AnyAsync(server, "SELECT 1 FROM pg_roles WHERE rolname = current_user AND rolsuper", [], ct))
            await LetAdminReadReportsAsync(server, ct);
    }

    static async Task EnsureLoginAsync(NpgsqlConnection server, string role, string password, CancellationToken ct)
    {
        var verb = await ExistsAsync(server, role, ct) ? "ALTER" : "CREATE";
        await Sql.RunAsync(server, $"{verb} ROLE {Sql.Name(role)} LOGIN PASSWORD {Sql.Text(ScramVerifier.Of(password))}", ct);
    }

    // Default privileges can be set only by a member of the role they are for; a superuser needs no membership.
    static async Task LetAdminActForAsync(NpgsqlConnection server, string role, CancellationToken ct)
    {
        if (!await Sql.AnyAsync(server, "SELECT 1 WHERE pg_has_role(current_user, $1::name, 'MEMBER')", [role], ct))
            await Sql.RunAsync(server, $"GRANT {Sql.Name(role)} TO CURRENT_USER", ct);
    }

    // For hdms psql report, which is no reason to stop. Who made a role need not be one who may act as it (PostgreSQL 16), so it is granted in any case.
    static async Task LetAdminReadReportsAsync(NpgsqlConnection server, CancellationToken ct)
    {
        try
        {
            await Sql.RunAsync(server, $"GRANT {Sql.Name(Provisioner.ReportRole)} TO CURRENT_USER", ct);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
        }
    }

    static Task<bool> ExistsAsync(NpgsqlConnection server, string role, CancellationToken ct) =>
        Sql.AnyAsync(server, "SELECT 1 FROM pg_roles WHERE rolname = $1", [role], ct);
}
