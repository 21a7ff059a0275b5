using System.Net.Http.Headers;
using System.Net.Http.Json;
using Hdms.Contracts;
using Hdms.Kit.Auth;
using Hdms.Kit.Caching;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Hosting;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Kit.Schema;
using Hdms.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Kit.Tests.Things;

[EventType("thing.made.v1")]
public sealed record ThingMade(string Name, [property: Personal] string? Owner = null);

[EventType("thing.renamed.v1")]
public sealed record ThingRenamed(string Name);

[EventType("thing.imported.v1")]
public sealed record ThingImported(string Name);

public sealed record MakeThing(string Name);

public sealed record RenameThing(string Name, long? Version = null);

public sealed record ThingView(Guid Id, string Name, long Version);

/// <summary>A made-up service on the kit: things that can be made, renamed and read, over real HTTP on a real database.</summary>
public sealed class ThingsService : IAsyncDisposable
{
    public static readonly Service Service = new("things", 0, ["/api/v1/things"]);

    static readonly string Key = Convert.ToBase64String(Enumerable.Repeat((byte)7, 32).ToArray());

    readonly WebApplication _app;

    ThingsService(WebApplication app) => _app = app;

    public static IReadOnlyList<SchemaScript> Scripts { get; } = SchemaScript.Of(typeof(ThingsService).Assembly, Service.Name, Service.Role);

    public IServiceProvider Services => _app.Services;

    public ServiceDatabase Database => Services.GetRequiredService<ServiceDatabase>();

    public EventReader Events => Services.GetRequiredService<EventReader>();

    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>An empty database with the service's roles.</summary>
    public static Task<TestDatabase> NewDatabaseAsync() => TestDatabase.CreateAsync("things", d => d.ProvisionAsync(Service));

    public static async Task<ThingsService> StartAsync(
        TestDatabase database, Action<IServiceCollection>? more = null, params (string Name, string Value)[] settings)
    {
        var values = database.Settings();
        values["service_key"] = Key;
        values["port"] = "0";
        values["log_level"] = "Error";
        values["rate_limits"] = "false";
        foreach (var (name, value) in settings)
        {
            values[name] = value;
        }

        var configuration = new ConfigurationBuilder().AddInMemoryCollection(values).Build();
        var builder = ServiceHost.CreateBuilder(new ServiceDefinition(Service, Scripts, _ => throw new NotSupportedException()), configuration);
        builder.Services.AddRowCache<ThingView>(configuration);
        more?.Invoke(builder.Services);
        var app = builder.Build().UseKit(Map);
        await app.StartAsync();
        return new ThingsService(app);
    }

    /// <summary>A client that is signed in as another service.</summary>
    public HttpClient Client()
    {
        var client = new HttpClient { BaseAddress = Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Services.GetRequiredService<ServiceTokens>().Current());
        return client;
    }

    public async Task<ThingView> MakeAsync(string name)
    {
        using var client = Client();
        var response = await client.PostAsJsonAsync("/api/v1/things", new MakeThing(name), Json.Tolerant);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<ThingView>(Json.Tolerant))!;
    }

    static void Map(Microsoft.AspNetCore.Routing.RouteGroupBuilder api)
    {
        api.MapPost("/things", (MakeThing request, Caller caller, ServiceDatabase database, CancellationToken ct) =>
            database.AnswerAsync(caller, work => MakeAsync(work, Guid.CreateVersion7(), request.Name), ct));
        api.MapPost("/things/slow", (MakeThing request, Caller caller, ServiceDatabase database, CancellationToken ct) =>
            database.AnswerAsync(caller, async work =>
            {
                await work.ExecuteAsync("SELECT pg_sleep(6)");
                return await MakeAsync(work, Guid.CreateVersion7(), request.Name);
            }, ct));
        api.MapPatch("/things/{id:guid}", (Guid id, RenameThing request, Preconditions preconditions, Caller caller, ServiceDatabase database, CancellationToken ct) =>
            database.AnswerAsync(caller, work => RenameAsync(work, id, request, preconditions), ct));
        api.MapGet("/things/{id:guid}", async (Guid id, Caller caller, RowCache<ThingView> rows, ServiceDatabase database, CancellationToken ct) =>
            await rows.GetAsync(id, caller.After, token => FindAsync(database, id, token), ct) ?? throw Refusal.NotFound("thing"));
    }

    public static Task<ThingView?> FindAsync(ServiceDatabase database, Guid id, CancellationToken ct) => database.ReadAsync(
        c => Dapper.SqlMapper.QuerySingleOrDefaultAsync<ThingView?>(c, "SELECT id, name, version FROM things WHERE id = @id", new { id }), ct);

    public static async Task<Answer<ThingView>> MakeAsync(UnitOfWork work, Guid id, string name)
    {
        await work.ExecuteAsync("INSERT INTO things (id, name, version) VALUES (@id, @name, 1)", new { id, name });
        var version = await work.AppendAsync(new EventStream(id, 0), new ThingMade(name));
        return Answer.Created($"/api/v1/things/{id}", new ThingView(id, name, version), version);
    }

    static async Task<Answer<ThingView>> RenameAsync(UnitOfWork work, Guid id, RenameThing request, Preconditions preconditions)
    {
        var thing = await work.FindAsync<ThingView>("SELECT id, name, version FROM things WHERE id = @id", new { id }) ?? throw Refusal.NotFound("thing");
        preconditions.Require(thing.Version, request.Version);
        var stream = new EventStream(id, thing.Version) { Imported = () => new ThingImported(thing.Name) };
        var version = await work.AppendAsync(stream, new ThingRenamed(request.Name));
        await work.ExecuteAsync("UPDATE things SET name = @Name, version = @version WHERE id = @id", new { id, request.Name, version });
        return Answer.Ok(thing with { Name = request.Name, Version = version }, version);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
