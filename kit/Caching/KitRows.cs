using Hdms.Contracts;
using Hdms.Kit.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Kit.Caching;

/// <summary>Registers rows that are kept in memory; so many of each kind as the setting <c>row_cache</c> says, none when it is 0.</summary>
public static class KitRows
{
    const int Most = 50_000;

    public static IServiceCollection AddRowCache<T>(this IServiceCollection services, IConfiguration settings)
        where T : class
    {
        var most = settings.Number("row_cache", Most, 0, 10_000_000);
        if (services.All(s => s.ServiceType != typeof(LogFollower)))
        {
            services.AddSingleton<LogFollower>();

            // Where nothing is kept, the log is not followed; and of a log that nobody follows, nothing is kept.
            if (most > 0)
            {
                services.AddHostedService(s => s.GetRequiredService<LogFollower>());
            }
        }

        return services.AddSingleton(s => new RowCache<T>(
            s.GetRequiredService<LogFollower>(), new CacheMetrics(s.GetRequiredService<Service>().Name, "hdms.rows"), s.GetRequiredService<TimeProvider>(), most));
    }
}
