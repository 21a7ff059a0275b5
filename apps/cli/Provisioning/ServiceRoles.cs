using Hdms.Contracts;
using Hdms.Kit.Database;
using Npgsql;

namespace Hdms.Cli.Provisioning;

/// <summary>The roles that services sign in as. A role owns nothing but its service's tables, and no role is a member of another.</summary>
internal static class ServiceRoles
{
    /// <param name="kept">
    /// Roles whose passwords stay as they are, since they are right already. A role belongs to its server, so others of the same
    /// name may be those of another installation; it would be cut off by a new password.
    /// </param>
    public static async Task EnsureAsync(NpgsqlConnection server, IReadOnlyList<Service> services, Secrets secrets, IReadOnlyCollection<string> kept, CancellationToken ct)
    {
        foreach (var login in services.SelectMany(Logins))
        {
            if (!kept.Contains(login.Role))
                await EnsureLoginAsync(server, login.Role, secrets[login.Setting], ct);
        }

        foreach (var service in services)
            await LetAdminActForAsync(server, service.OwnerRole, ct);

        // As it is, if it is there: an operator may have let it sign in.
        if (!await ExistsAsync(server, Provisioner.ReportRole, ct))
            await AdminSql.RunAsync(server, $"CREATE ROLE {Sql.Name(Provisioner.ReportRole)} NOLOGIN", ct);
        if (!await AdminSql.AnyAsync(server, "SELECT 1 FROM pg_roles WHERE rolname = current_user AND rolsuper", [], ct))
            await LetAdminReadReportsAsync(server, ct);
    }

    /// <summary>The roles that are there and are to stay as they are, on a server that others may use, too. Changes nothing.</summary>
    /// <param name="database">Where they sign in.</param>
    /// <exception cref="OneLineError">A role is there, and neither a setting nor what is kept lets us in.</exception>
    public static async Task<IReadOnlyCollection<string>> FindOursAsync(
        NpgsqlConnection server, NpgsqlConnectionStringBuilder database, IReadOnlyList<Service> services, Secrets secrets, CancellationToken ct)
    {
        var ours = new List<string>();
        var strangers = new List<(string Role, string Setting)>();
        foreach (var login in services.SelectMany(Logins))
        {
            // What is set is what somebody wants it to be.
            if (secrets.IsSet(login.Setting) || !await ExistsAsync(server, login.Role, ct))
                continue;
            if (await LetsInAsync(database, login.Role, secrets[login.Setting], ct))
                ours.Add(login.Role);
            else
                strangers.Add(login);
        }

        return strangers.Count == 0
            ? ours
            : throw new OneLineError(
                $"{database.Host}:{database.Port} has {string.Join(", ", strangers.Select(s => s.Role))} already, and {secrets.FilePath} does not have the password. "
                + $"Nothing was changed. Set {string.Join(", ", strangers.Select(s => s.Setting))}; the installation that made them has it in its secrets.json.",
                ExitCode.WrongUsage);
    }

    static IEnumerable<(string Role, string Setting)> Logins(Service service) =>
        [(service.Role, $"{service.Name}_password"), (service.OwnerRole, $"{service.Name}_owner_password")];

    static async Task<bool> LetsInAsync(NpgsqlConnectionStringBuilder database, string role, string password, CancellationToken ct)
    {
        var address = new NpgsqlConnectionStringBuilder(database.ConnectionString) { Username = role, Password = password, Pooling = false };
        try
        {
            await using var connection = new NpgsqlConnection(address.ConnectionString);
            await connection.OpenAsync(ct);
            return true;
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.InvalidCatalogName or PostgresErrorCodes.InsufficientPrivilege)
        {
            // The database, or the right to enter it, is still to be made; a wrong password is refused before that is looked at.
            return true;
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification)
        {
            return false;
        }
    }

    static async Task EnsureLoginAsync(NpgsqlConnection server, string role, string password, CancellationToken ct)
    {
        var verb = await ExistsAsync(server, role, ct) ? "ALTER" : "CREATE";
        await AdminSql.RunAsync(server, $"{verb} ROLE {Sql.Name(role)} LOGIN PASSWORD {AdminSql.Text(ScramVerifier.Of(password))}", ct);
    }

    // Default privileges can be set only by a member of the role they are for; a superuser needs no membership.
    static async Task LetAdminActForAsync(NpgsqlConnection server, string role, CancellationToken ct)
    {
        if (!await AdminSql.AnyAsync(server, "SELECT 1 WHERE pg_has_role(current_user, $1::name, 'MEMBER')", [role], ct))
            await AdminSql.RunAsync(server, $"GRANT {Sql.Name(role)} TO CURRENT_USER", ct);
    }

    // For hdms psql report, which is no reason to stop. Who made a role need not be one who may act as it (PostgreSQL 16), so it is granted in any case.
    static async Task LetAdminReadReportsAsync(NpgsqlConnection server, CancellationToken ct)
    {
        try
        {
            await AdminSql.RunAsync(server, $"GRANT {Sql.Name(Provisioner.ReportRole)} TO CURRENT_USER", ct);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
        }
    }

    static Task<bool> ExistsAsync(NpgsqlConnection server, string role, CancellationToken ct) =>
        AdminSql.AnyAsync(server, "SELECT 1 FROM pg_roles WHERE rolname = $1", [role], ct);
}
