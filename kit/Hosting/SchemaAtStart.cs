using Hdms.Kit.Database;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hdms.Kit.Hosting;

/// <summary>
/// At start, finds the home, and there runs the schema scripts that are missing, when the owner's password is at hand and <c>migrate_at_start</c> is not
/// off; then refuses to start on a schema that the program does not know.
/// </summary>
sealed partial class SchemaAtStart(
    ServiceDefinition definition, IConfiguration settings, RouteFollower route, ILogger<SchemaAtStart> log) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var name = definition.Service.Name;
        await route.FollowAsync(cancellationToken);
        if (settings[$"{name}_owner_password"] is { } password && settings.Flag("migrate_at_start", true))
        {
            var owner = new ServiceCredentials(definition.Service.OwnerRole, password).For(route.Route.Write, $"hdms-{name}-schema");
            owner.Pooling = false;
            await using var connection = new NpgsqlConnection(owner.ConnectionString);
            await connection.OpenAsync(cancellationToken);
            var ran = await definition.Schema.MigrateAsync(connection, null, cancellationToken);
            if (ran.Count > 0)
            {
                Migrated(log, name, ran.Count, ran[^1]);
            }
        }

        await using var own = await route.Current.OpenAsync(cancellationToken);
        await definition.Schema.CheckAsync(own, cancellationToken);
        await route.BeginAsync(own, cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(120, LogLevel.Information, "{Service}: {Count} schema scripts were run, up to {Last}")]
    static partial void Migrated(ILogger logger, string service, int count, string last);
}
