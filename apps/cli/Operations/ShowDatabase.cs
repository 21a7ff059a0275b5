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

/// <summary>Each service's home as its database says, the moves that are recorded there, and the backups.</summary>
internal static class ShowDatabase
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/database", HandleAsync);

    static async Task<Ok<DatabaseOverview>> HandleAsync(Caller caller, DatabaseServer server, BackupDesk desk, CancellationToken ct)
    {
        caller.MustBeAdmin();
        var homes = await Task.WhenAll(AllServices.Contracts.Select(s => HomeAsync(server, s, ct)));
        var moves = new List<MoveView>();
        foreach (var (service, home) in homes.Where(h => h.Home is not null).Select(h => (h.Service, h.Home!)).DistinctBy(h => h.Item2))
            moves.AddRange(await MovesAsync(server, service, home, ct));
        return TypedResults.Ok(new DatabaseOverview(
            PhaseOf([.. homes.Select(h => h.Home)]),
            server.IsPrivate,
            [.. homes.Select(h => h.View)],
            [.. moves.OrderByDescending(m => m.UpdatedAt)],
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

    /// <summary>Only the admin may read the engine's journal; without one, nothing is known of moves.</summary>
    static async Task<IEnumerable<MoveView>> MovesAsync(DatabaseServer server, Service service, DatabaseAddress home, CancellationToken ct)
    {
        if (server.AdminOf(service, home) is not { } admin)
            return [];
        await using var connection = await DatabaseServer.OpenAsync(admin, ct);
        if (!await connection.ExecuteScalarAsync<bool>(new CommandDefinition("SELECT to_regclass('pgsplit.move') IS NOT NULL", cancellationToken: ct)))
            return [];
        var rows = await connection.QueryAsync<(string Id, string Side, string State, string? Reason, DateTime CreatedAt, DateTime UpdatedAt)>(new CommandDefinition(
            "SELECT move_id, side::text, state, reason, created_at, updated_at FROM pgsplit.move ORDER BY updated_at DESC LIMIT 50", cancellationToken: ct));
        return rows.Select(m => new MoveView(m.Id, home.Database, m.Side == "S" ? "source" : "target", m.State, m.Reason, new DateTimeOffset(m.CreatedAt), new DateTimeOffset(m.UpdatedAt)));
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
