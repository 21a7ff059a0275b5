using Dapper;
using Hdms.Cli.Hosting;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Npgsql;

namespace Hdms.Cli.Import;

/// <summary>One of the services' tables that rows come into.</summary>
/// <param name="Name">The same in schema hdms_import.</param>
/// <param name="Source">The old table that its rows are of; null for what is derived of others.</param>
internal sealed record ImportTable(Service Service, string Name, string? Source);

/// <summary>Where an import happens: the services' shared database, with its state and the old rows in the schema hdms_import.</summary>
internal sealed class ImportPlace
{
    /// <summary>In the order in which they refer to one another.</summary>
    public static readonly IReadOnlyList<ImportTable> Tables =
    [
        new(Services.Users, "departments", "users_department"),
        new(Services.Users, "users", "users_user"),
        new(Services.Users, "user_credentials", null),
        new(Services.Users, "team_members", "users_team_member"),
        new(Services.Tickets, "sla_templates", "tickets_slatemplate"),
        new(Services.Tickets, "categories", null),
        new(Services.Tickets, "tickets", "tickets_ticket"),
        new(Services.Tickets, "ticket_old_ids", null),
        new(Services.Tickets, "ticket_counters", null),
        new(Services.Tickets, "sub_tickets", "tickets_subticket"),
        new(Services.Tickets, "approvals", "tickets_approval"),
        new(Services.Communication, "chat_rooms", null),
        new(Services.Communication, "chat_messages", "chat_message"),
        new(Services.Communication, "ticket_participants", "chat_participant"),
        new(Services.Communication, "notifications", "notifications_notification"),
        new(Services.Files, "attachments", "files_attachment"),
    ];

    public static readonly IReadOnlyList<Service> Owners = [.. Tables.Select(t => t.Service).Distinct()];

    /// <summary>These have rows in every installation, and others may come beside them.</summary>
    static readonly string[] Shared = ["sla_templates", "categories"];

    ImportPlace(DatabaseServer server, DatabaseAddress home, string admin) => (Server, Home, Admin) = (server, home, admin);

    public DatabaseServer Server { get; }

    public DatabaseAddress Home { get; }

    /// <summary>The admin's connection string.</summary>
    public string Admin { get; }

    public static async Task<ImportPlace> FindAsync(DatabaseServer server, CancellationToken ct)
    {
        await server.ProvisionAsync(AllServices.Contracts, ct);
        var homes = new List<DatabaseAddress>();
        foreach (var service in Owners)
            homes.Add(await server.HomeOfAsync(service, ct));
        if (homes.Distinct().Count() > 1)
            throw new OneLineError("The services have databases of their own here, and an import goes into the one that they share. Import first, then move.", ExitCode.WrongUsage);
        return new ImportPlace(server, homes[0], server.NeedAdminOf(Services.Users, homes[0]));
    }

    /// <summary>Nobody works with rows of which some are missing, or may still be taken back; looked at where there is an admin's way in.</summary>
    /// <exception cref="OneLineError">An import is under way.</exception>
    public static async Task MustNotBeUnderWayAsync(DatabaseServer server, CancellationToken ct)
    {
        if (server.AdminOf(Services.Users, await server.HomeOfAsync(Services.Users, ct)) is not { } admin)
            return;
        await using var connection = await DatabaseServer.OpenAsync(admin, ct);
        if (await ImportState.IsThereAsync(connection, ct) && !await ImportState.IsDoneAsync(connection, ct))
        {
            throw new OneLineError(
                $"An import of {await ImportState.SourceAsync(connection, ct)} is under way here. Go on with it (hdms import {(await Live.LiveState.IsThereAsync(connection, ct) ? "status says how far it is" : "--from the same")}), or give it up: hdms import cancel",
                ExitCode.InUse);
        }
    }

    public Task<NpgsqlConnection> OpenAsync(CancellationToken ct) => DatabaseServer.OpenAsync(Admin, ct);

    public Task<NpgsqlConnection> OpenAsOwnerAsync(Service service, CancellationToken ct) => Server.OpenAsOwnerAsync(service, Home, ct);

    /// <summary>Brings the tables to what this program needs.</summary>
    public async Task MigrateAsync(CancellationToken ct)
    {
        foreach (var definition in AllServices.Definitions)
        {
            await using var owner = await OpenAsOwnerAsync(definition.Service, ct);
            await definition.Schema.MigrateAsync(owner, null, ct);
        }
    }

    /// <exception cref="OneLineError">Somebody is at work, or rows are there already.</exception>
    public static async Task MustBeQuietAndEmptyAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await MustBeQuietAsync(connection, ct);
        var full = new List<string>();
        foreach (var table in Tables.Where(t => !Shared.Contains(t.Name)))
        {
            if (await connection.ExecuteScalarAsync<bool>(new CommandDefinition($"SELECT EXISTS (SELECT FROM public.{Sql.Name(table.Name)})", cancellationToken: ct)))
                full.Add(table.Name);
        }

        if (full.Count > 0)
        {
            throw new OneLineError(
                $"There are rows already ({string.Join(", ", full.Take(3))}{(full.Count > 3 ? ", …" : "")}), and an import goes into an installation that has none. Nothing was changed. Name another with --data DIR, or restore the backup from before.",
                ExitCode.WrongUsage);
        }
    }

    /// <exception cref="OneLineError">Somebody is at work.</exception>
    public static async Task MustBeQuietAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var roles = AllServices.Contracts.Select(s => s.Role).ToArray();
        if (await connection.ExecuteScalarAsync<long>(new CommandDefinition(
            "SELECT count(*) FROM pg_stat_activity WHERE usename = ANY(@roles) AND datname = current_database()", new { roles }, cancellationToken: ct)) > 0)
        {
            throw new OneLineError("The services are running, and an import is done while nobody is at work. Stop hdms up (or serve), then run this again.", ExitCode.InUse);
        }
    }

    /// <summary>
    /// For the transaction of what goes over all rows. Statements are many and long, and each runs once: compiling one takes longer than
    /// it saves, seconds for the sums alone. The one that transforms may have to wait for files, and is not to be ended for that.
    /// </summary>
    public const string Settings = "SET LOCAL TimeZone = 'UTC'; SET LOCAL work_mem = '64MB'; SET LOCAL maintenance_work_mem = '256MB'; SET LOCAL jit = off; SET LOCAL idle_in_transaction_session_timeout = 0";

    public static Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken ct, object? args = null) =>
        connection.ExecuteAsync(new CommandDefinition(sql, args, commandTimeout: 0, cancellationToken: ct));
}
