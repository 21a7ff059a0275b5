using System.Text.Json.Serialization;
using Hdms.Contracts;
using Hdms.Kit.Auth;
using Hdms.Kit.Hosting;
using Hdms.Kit.Problems;
using Hdms.Kit.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Hdms.Cli.Operations;

/// <summary>
/// What admins may see and do of the installation itself, which no service knows: where the databases are, their moves, and their backups.
/// It has no data of its own. Only where everything is one process; else there are the commands.
/// </summary>
internal static class OperationsApp
{
    public const string Name = "operations";

    public static readonly Service Service = new(Name, 0, [$"{Service.Api}/{Name}"]);

    public static WebApplication Build(DatabaseServer server, Microsoft.Extensions.Configuration.IConfiguration settings)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = $"hdms-{Name}", ContentRootPath = AppContext.BaseDirectory });
        builder.ServeInProcess(settings);
        builder.Logging.ClearProviders();
        builder.AddTelemetry(Name, settings);
        builder.Services.AddSingleton(server);
        builder.Services.AddSingleton<BackupDesk>();
        builder.Services.AddSingleton<MoveDesk>();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.ConfigureHttpJsonOptions(json => Json.Configure(json.SerializerOptions, JsonUnmappedMemberHandling.Disallow));
        builder.Services.AddKitAuth(Service, settings);

        var app = builder.Build();
        app.UseMiddleware<ProblemWriter>();
        app.UseRouting();
        app.UseAuthentication();
        app.UseAuthorization();
        var api = app.MapGroup($"{Service.Api}/{Name}").RequireAuthorization();
        ShowDatabase.Map(api);
        BeginBackup.Map(api);
        SteerMoves.Map(api);
        return app;
    }
}
