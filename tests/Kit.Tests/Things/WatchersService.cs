using Hdms.Contracts;
using Hdms.Kit.Feeds;
using Hdms.Kit.Hosting;
using Hdms.Kit.Schema;
using Hdms.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Kit.Tests.Things;

/// <summary>A second made-up service, which follows things: it writes down each event that it carries out.</summary>
public sealed class WatchersService : IAsyncDisposable
{
    public const string Poison = "poison";

    public static readonly Service Service = new("watchers", 0, ["/api/v1/watchers"]);

    readonly WebApplication _app;

    WatchersService(WebApplication app) => _app = app;

    public IServiceProvider Services => _app.Services;

    public FeedReader Reader => Services.GetRequiredService<FeedReader>();

    public static Task<TestDatabase> NewDatabaseAsync() => TestDatabase.CreateAsync("watchers", d => d.ProvisionAsync(Service));

    /// <param name="poisoned">Whether an event that names a thing <see cref="Poison"/> can't be carried out now.</param>
    public static async Task<WatchersService> StartAsync(TestDatabase database, Uri things, Func<bool>? poisoned = null)
    {
        var values = database.Settings();
        values["service_key"] = Convert.ToBase64String(Enumerable.Repeat((byte)7, 32).ToArray());
        values["port"] = "0";
        values["log_level"] = "None";
        values["things_url"] = things.ToString();
        var scripts = new List<SchemaScript>(SchemaScript.Of(typeof(string).Assembly, Service.Name, Service.Role))
        {
            new("0001_seen.sql", "CREATE TABLE watchers_seen (event_id text NOT NULL, stream_id uuid NOT NULL, name text NOT NULL, at timestamptz DEFAULT clock_timestamp(), n bigserial)"),
        };
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(values).Build();
        var builder = ServiceHost.CreateBuilder(new ServiceDefinition(Service, scripts, _ => throw new NotSupportedException()), configuration);
        builder.Services.AddFeedReader("seen", ThingsService.Service, on => on
            .Event<ThingMade>((work, made, e) => SeeAsync(work, e, made.Name, poisoned))
            .Event<ThingRenamed>((work, renamed, e) => SeeAsync(work, e, renamed.Name, poisoned)));
        var app = builder.Build().UseKit(_ => { });
        await app.StartAsync();
        return new WatchersService(app);
    }

    static Task SeeAsync(Kit.Database.UnitOfWork work, FeedEvent e, string name, Func<bool>? poisoned) =>
        name == Poison && poisoned?.Invoke() == true
            ? throw new InvalidOperationException("This can't be carried out.")
            : work.ExecuteAsync("INSERT INTO watchers_seen (event_id, stream_id, name) VALUES (@Id, @Stream, @name)", new { e.Id, e.Stream, name });

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
