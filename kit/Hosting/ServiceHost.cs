using System.Net;
using System.Text.Json.Serialization;
using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Auth;
using Hdms.Kit.Caching;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Feeds;
using Hdms.Kit.History;
using Hdms.Kit.Http;
using Hdms.Kit.Idempotency;
using Hdms.Kit.Limits;
using Hdms.Kit.OpenApi;
using Hdms.Kit.Problems;
using Hdms.Kit.Rebuild;
using Hdms.Kit.References;
using Hdms.Kit.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Hdms.Kit.Hosting;

/// <summary>
/// The common part of every service's application. Each service has a container of its own, also in one process, so that it
/// knows only its own database (docs/decisions/0003-one-container-per-service.md).
/// </summary>
/// <example><code>
/// var builder = ServiceHost.CreateBuilder(Services.Users, scripts, settings);
/// builder.Services.AddUsers();
/// var app = builder.Build();
/// app.UseKit(api => api.MapUsers());
/// </code></example>
public static class ServiceHost
{
    /// <summary>Bodies of JSON are small; routes that take files say so themselves.</summary>
    public const int LargestBody = 1024 * 1024;

    public static WebApplicationBuilder CreateBuilder(ServiceDefinition definition, IConfiguration settings)
    {
        ArgumentNullException.ThrowIfNull(definition);
        ArgumentNullException.ThrowIfNull(settings);
        var service = definition.Service;

        // For the whole process: a column department_id is read into DepartmentId.
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = $"hdms-{service.Name}", ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddConfiguration(settings);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = LargestBody;
            kestrel.Listen(IPAddress.Parse(settings["listen"] ?? "127.0.0.1"), settings.Number("port", service.Port, 0, 65535));
        });
        builder.ServeInProcess(settings);
        builder.Logging.ClearProviders();
        builder.AddTelemetry(service.Name, settings);

        var credentials = new ServiceCredentials(service.Role, settings.Required($"{service.Name}_password")) { SearchPath = settings[NextCopy.Setting] };
        var database = settings.Database(service.Name);
        var services = builder.Services;
        services.AddSingleton(definition);
        services.AddSingleton(service);
        services.AddSingleton(settings);
        services.TryAddSingleton(ShiftedClock.Of(settings));
        services.AddSingleton(_ => new PersonKeys(service.Name));
        services.AddSingleton(s => new EventLog(service.Name, s.GetRequiredService<PersonKeys>(), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(s => new RouteFollower(
            s.GetRequiredService<EventLog>(), database, credentials, s.GetRequiredService<ILogger<RouteFollower>>()));
        services.AddSingleton<ServiceDatabase>();
        services.AddSingleton<EventReader>();
        services.AddSingleton<AuditTrail>();
        services.AddSingleton<Totals>();
        services.AddHostedService(s => new SchemaAtStart(
            definition, settings, s.GetRequiredService<RouteFollower>(), s.GetRequiredService<ILogger<SchemaAtStart>>()));
        services.AddHostedService(s => s.GetRequiredService<RouteFollower>());
        services.AddHostedService<IdempotencyCleaner>();
        services.ConfigureHttpJsonOptions(json => Json.Configure(json.SerializerOptions, JsonUnmappedMemberHandling.Disallow));
        services.Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = true);
        services.AddProxies(settings);
        services.AddKitCache(service, settings);
        services.AddSingleton<ReferenceChecks>();
        services.AddKitAuth(service, settings);
        services.AddKitLimits(settings);
        services.AddKitOpenApi(service);
        return builder;
    }

    /// <summary>Puts the kit's pipeline in front of the service's routes, which <paramref name="map"/> adds under <c>/api/v1</c>.</summary>
    public static WebApplication UseKit(this WebApplication app, Action<RouteGroupBuilder> map)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(map);
        var service = app.Services.GetRequiredService<Service>();
        app.UseForwardedHeaders();
        app.UseMiddleware<ProblemWriter>();
        app.UseMiddleware<PlainRequests>();
        app.UseRouting();
        app.UseAuthentication();
        app.UseKitLimits();
        app.UseAuthorization();
        app.UseMiddleware<IdempotencyKeys>();
        app.UseMiddleware<ReadYourWrites>();
        app.MapHealth();
        app.MapOpenApi($"/openapi/{service.Name}.json").AllowAnonymous();
        var api = app.MapGroup(Service.Api).RequireAuthorization().RefuseUnknownParameters().RecordRefusals(service);
        api.MapFeed(service.Name);
        api.MapDoctor(service.Name);
        map(api);
        return app;
    }
}
