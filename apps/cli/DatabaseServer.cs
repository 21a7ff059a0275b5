using Hdms.Cli.Cluster;
using Hdms.Cli.Hosting;
using Hdms.Cli.Migrate;
using Hdms.Cli.Provisioning;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hdms.Cli;

/// <summary>
/// The PostgreSQL that the services' databases are on, for commands that work on it: somebody else's, the private one that
/// <c>hdms up</c> runs, or the private one started for the time of the command.
/// </summary>
internal sealed class DatabaseServer : IAsyncDisposable
{
    readonly Installation _installation;
    readonly PrivateCluster? _started;
    readonly ClusterAddress? _private;

    DatabaseServer(Installation installation, PrivateCluster? started, ClusterAddress? address)
    {
        (_installation, _started, _private) = (installation, started, address);
        // Where we make the roles, their passwords are ours to choose.
        if (address is not null || installation.Settings["admin_database"] is { Length: > 0 })
            installation.Secrets.MakeUpFor(AllServices.Contracts);
        var defaults = installation.Secrets.Kept();
        if (address is not null)
        {
            defaults["database"] = address.Of(Services.SharedDatabase);
            foreach (var (service, database) in HomesOnPrivateServer.Read(installation.Data))
                defaults[$"{service}_database"] = address.Of(database);
        }

        defaults["files_folder"] = Path.Combine(installation.Data, "files");
        Settings = installation.With(defaults);
    }

    /// <summary>What the services are started with: where their databases are, and their passwords.</summary>
    public IConfigurationRoot Settings { get; }

    public Installation Installation => _installation;

    public bool IsPrivate => _private is not null;

    /// <param name="make">Whether a private server that was never there is made; a command that reads has no use for an empty one.</param>
    public static async Task<DatabaseServer> OpenAsync(Installation installation, bool make, ILogger log, IProgress<string>? progress, CancellationToken ct)
    {
        if (installation.IsOnExistingServer)
            return new DatabaseServer(installation, null, null);
        if (PrivateCluster.FindRunning(installation.Data) is { } running)
            return new DatabaseServer(installation, null, running);
        if (!make && ClusterPlace.Load(installation.Data) is null)
            throw new OneLineError($"There is no data in {installation.Data}. Give --data, set database, or run: hdms up");
        var options = new ClusterOptions(installation.Data) { PgBin = installation.PgBin, Supervised = false, Progress = progress };
        var started = await PrivateCluster.StartAsync(options, log, ct);
        await HomesOnPrivateServer.SettleRoutesAsync(started.Address, ct);
        return new DatabaseServer(installation, started, started.Address);
    }

    /// <summary>Somebody else's, or the private one if it runs; nothing is started.</summary>
    public static DatabaseServer Find(Installation installation) =>
        new(installation, null, installation.IsOnExistingServer ? null : PrivateCluster.FindRunning(installation.Data));

    /// <summary>The one that <c>hdms up</c> itself runs, or somebody else's.</summary>
    public static DatabaseServer Of(Installation installation, PrivateCluster? cluster) => new(installation, null, cluster?.Address);

    public ValueTask DisposeAsync() => _started?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>Where a service's data is now: as set, and from there wherever its route says.</summary>
    public async Task<DatabaseAddress> HomeOfAsync(Service service, CancellationToken ct)
    {
        var at = Settings.Database(service.Name);
        for (long seen = 0; ;)
        {
            await using var connection = await OpenAsync(service, at, ct);
            if (await ServiceRoute.ReadAsync(connection, service.Name, ct) is not { } route || route.Epoch <= seen || route.Write == at)
                return at;
            (at, seen) = (route.Write, route.Epoch);
        }
    }

    /// <summary>The admin's connection string to a database; null when nobody has set <c>admin_database</c>.</summary>
    public string? AdminOf(Service service, string? database = null)
    {
        if (_private is not null)
            return _private.ConnectionString(database ?? ClusterAddress.MaintenanceDatabase);
        var set = Settings[$"{service.Name}_admin_database"] ?? Settings["admin_database"];
        if (set is not { Length: > 0 })
            return null;
        var admin = new NpgsqlConnectionStringBuilder(AdminAddress.Parse(set));
        admin.Database = database ?? admin.Database;
        return admin.ConnectionString;
    }

    /// <summary>The admin's connection string to a service's home; null when there is none to the server that it is on.</summary>
    public string? AdminOf(Service service, DatabaseAddress home)
    {
        // The admin's way is to the server of the settings, and a route may lead to another, which may have a database of that name, too.
        var set = Settings.Database(service.Name);
        var isThere = _private is null ? (home.Host, home.Port) == (set.Host, set.Port) : home.Port == _private.Port;
        return isThere ? AdminOf(service, home.Database) : null;
    }

    /// <summary>The admin's connection string to a service's home, for what can't be done without.</summary>
    public string NeedAdminOf(Service service, DatabaseAddress home) => AdminOf(service, home) ?? throw (AdminOf(service) is null
        ? NoAdmin()
        : new OneLineError(
            $"The {service.Name} service has moved to {home}, and the admin's way is to where it was: set {service.Name}_database and {service.Name}_admin_database.",
            ExitCode.WrongUsage));

    /// <summary>The admin's connection string, for what can't be done without.</summary>
    public string NeedAdminOf(Service service, string? database = null) => AdminOf(service, database) ?? throw NoAdmin();

    static OneLineError NoAdmin() => new OneLineError("This needs an admin's way into the server: set admin_database (or HDMS_ADMIN_DATABASE).", ExitCode.WrongUsage);

    /// <summary>Roles, databases and rights as the services need them; nothing when there is no admin to do it.</summary>
    public async Task ProvisionAsync(IReadOnlyList<Service> services, CancellationToken ct)
    {
        var places = services
            .Select(s => (Service: s, Admin: AdminOf(s), Settings.Database(s.Name).Database))
            .Where(p => p.Admin is not null)
            .GroupBy(p => (p.Admin, p.Database), p => p.Service);
        foreach (var place in places)
            await new Provisioner(place.Key.Admin!, _installation.Secrets, ours: IsPrivate).EnsureAsync(place.Key.Database, [.. place], ct);
    }

    /// <summary>A connection of the role that owns a service's tables.</summary>
    public Task<NpgsqlConnection> OpenAsOwnerAsync(Service service, DatabaseAddress home, CancellationToken ct) =>
        OpenAsync(ConnectionString(home, service.OwnerRole, Settings.Required($"{service.Name}_owner_password")), ct);

    /// <summary>A connection of the admin, else of the service's role.</summary>
    async Task<NpgsqlConnection> OpenAsync(Service service, DatabaseAddress home, CancellationToken ct) =>
        await OpenAsync(AdminOf(service, home) ?? ServiceConnectionString(service, home), ct);

    public static async Task<NpgsqlConnection> OpenAsync(string connectionString, CancellationToken ct)
    {
        var connection = new NpgsqlConnection(connectionString);
        try
        {
            await connection.OpenAsync(ct);
            return connection;
        }
        catch (NpgsqlException e)
        {
            await connection.DisposeAsync();
            var to = new NpgsqlConnectionStringBuilder(connectionString);
            throw new OneLineError($"{to.Username} can't enter database {to.Database} on {to.Host}:{to.Port}: {e.Message}", ExitCode.Failed, e);
        }
    }

    /// <summary>The connection string of the role that the service itself signs in as.</summary>
    public string ServiceConnectionString(Service service, DatabaseAddress home) =>
        ConnectionString(home, service.Role, Settings.Required($"{service.Name}_password"));

    static string ConnectionString(DatabaseAddress home, string role, string password) => new NpgsqlConnectionStringBuilder
    {
        Host = home.Host,
        Port = home.Port,
        Database = home.Database,
        Username = role,
        Password = password,
        Pooling = false,
        ApplicationName = "hdms",
    }.ConnectionString;
}
