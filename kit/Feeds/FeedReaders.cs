using Hdms.Contracts;
using Hdms.Kit.Auth;
using Hdms.Kit.Database;
using Hdms.Kit.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hdms.Kit.Feeds;

/// <summary>Registers readers of other services' feeds.</summary>
public static class FeedReaders
{
    /// <param name="name">Unique within the service; the cursor is kept under it, so a new name begins at the log's start.</param>
    public static IServiceCollection AddFeedReader(
        this IServiceCollection services, string name, Service source, Action<FeedHandlers> on)
    {
        ArgumentNullException.ThrowIfNull(on);
        return services.AddFeedReader(name, source, (_, handlers) => on(handlers));
    }

    /// <summary>As the other one, for handlers that need something of the container.</summary>
    public static IServiceCollection AddFeedReader(
        this IServiceCollection services, string name, Service source, Action<IServiceProvider, FeedHandlers> on)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(on);
        services.AddSingleton(s =>
        {
            var handlers = new FeedHandlers();
            on(s, handlers);
            return new FeedReader(
                name,
                source,
                handlers,
                Client(s, source),
                s.GetRequiredService<ServiceDatabase>(),
                s.GetRequiredService<TimeProvider>(),
                s.GetRequiredService<ILogger<FeedReader>>());
        });
        services.AddSingleton<IHostedService>(s => s.GetServices<FeedReader>().Single(r => r.Name == name));
        return services;
    }

    /// <summary>A client of its own: its requests stay open for longer than others', and are not to wait behind them.</summary>
    static FeedClient Client(IServiceProvider services, Service source)
    {
        var http = new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
        {
            BaseAddress = services.GetRequiredService<IConfiguration>().Url(source),
            Timeout = TimeSpan.FromSeconds(40),
        };
        return new FeedClient(http, services.GetRequiredService<ServiceTokens>());
    }
}
