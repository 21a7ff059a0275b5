using Dapper;
using Hdms.Cli.Backup;
using Hdms.Cli.Hosting;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hdms.Cli.Operations;

/// <summary>Each service's home as its database says, and the backups.</summary>
internal static class ShowDatabase
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/database", HandleAsync);

    static async Task<Ok<DatabaseOverview>> HandleAsync(Caller caller, DatabaseServer server, BackupDesk desk, CancellationToken ct)
    {
        caller.MustBeAdmin();
        var homes = await Task.WhenAll(AllServices.Contracts.Select(s => HomeAsync(server, s, ct)));
        return TypedResults.Ok(new DatabaseOverview(
            PhaseOf([.. homes.Select(h => h.Home)]),
            server.IsPrivate,
            [.. homes.Select(h => h.View)],
            homes.All(h => h.Home is not null && server.AdminOf(h.Service, h.Home) is not null),
            [.. BackupFolder.List(BackupFolder.DefaultRoot(server.Installation)).Select(ViewOf)],
            desk.Last));
    }

    static DatabasePhase PhaseOf(IReadOnlyList<DatabaseAddress?> homes)
    {
        var different = homes.Distinct().Count();
        return different == 1 ? DatabasePhase.Shared : different == homes.Count ? DatabasePhase.Separate : DatabasePhase.Mixed;
    }

    static async Task<(Service Service, DatabaseAddress? Home, ServiceHomeView View)> HomeAsync(DatabaseServer server, Service service, CancellationToken ct)
    {
        DatabaseAddress? home = null;
        try
        {
            home = await server.HomeOfAsync(service, ct);
            await using var connection = await DatabaseServer.OpenAsync(server.ServiceConnectionString(service, home), ct);
            var bytes = await connection.ExecuteScalarAsync<long>(new CommandDefinition("SELECT pg_database_size(current_database())", cancellationToken: ct));
            var route = await ServiceRoute.ReadAsync(connection, service.Name, ct);
            return (service, home, new ServiceHomeView(service.Name, home.ToString(), route?.Epoch ?? 0, bytes, connection.PostgreSqlVersion.ToString(), null));
        }
        catch (Exception e) when (e is OneLineError or NpgsqlException)
        {
            // One database that is away must not hide the others.
            return (service, home, new ServiceHomeView(service.Name, home?.ToString(), 0, null, null, e.Message));
        }
    }

    static BackupView ViewOf(string folder)
    {
        var name = Path.GetFileName(folder);
        try
        {
            var manifest = Manifest.Read(folder);
            return new BackupView(
                name, manifest.TakenAt, manifest.Program, manifest.Databases.Sum(d => d.Bytes), manifest.Databases.Sum(d => d.Tables.Sum(t => t.Rows)), [.. manifest.Databases.Select(d => d.Name)], null);
        }
        catch (OneLineError e)
        {
            return new BackupView(name, null, null, 0, 0, [], e.Message);
        }
    }
}
