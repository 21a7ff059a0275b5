using Hdms.Contracts;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Hdms.Kit.Caching;

/// <summary>Registers the service's cache: in memory, or in Redis when the setting <c>redis</c> is set.</summary>
static class KitCache
{
    public static IServiceCollection AddKitCache(this IServiceCollection services, Service service, IConfiguration settings)
    {
        services.AddSingleton(_ => new CacheMetrics(service.Name));
        if (settings["redis"] is { Length: > 0 } address)
        {
            // Read here besides, so that a wrong setting keeps the service from starting.
            _ = RedisAddress.Read(address, service.Name);
            services.AddSingleton<ICacheStore>(s => new RedisStore(
                service.Name, address, s.GetRequiredService<CacheMetrics>(), s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<RedisStore>>()));
        }
        else
        {
            services.AddSingleton<ICacheStore>(s => new MemoryStore(s.GetRequiredService<TimeProvider>()));
        }

        return services.AddSingleton(s => new Cache(s.GetRequiredService<ICacheStore>(), s.GetRequiredService<CacheMetrics>()));
    }
}
