using Hdms.Contracts;
using Hdms.Kit.Auth;
using Hdms.Kit.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Hdms.Kit.Clients;

/// <summary>Registers typed clients of other services.</summary>
public static class ServiceClients
{
    /// <summary>
    /// Registers <typeparamref name="TClient"/>, whose constructor takes an <see cref="HttpClient"/>, as the way to
    /// <paramref name="service"/>. What it throws is <see cref="ServiceCallException"/>. Transient: a singleton asks for it
    /// when it needs it.
    /// </summary>
    /// <exception cref="SettingException">The service's address in <paramref name="settings"/> is wrong.</exception>
    public static IServiceCollection AddServiceClient<TClient>(this IServiceCollection services, Service service, IConfiguration settings)
        where TClient : class
    {
        var address = settings.Url(service);
        services.AddHttpContextAccessor();
        services.TryAddSingleton(new CallTimes());
        services.TryAddSingleton<CallPipelines>();
        services
            .AddHttpClient<TClient>(http =>
            {
                http.BaseAddress = address;

                // Each try has its limit, and the tries are counted; a limit on all of it would only cut the last one short.
                http.Timeout = Timeout.InfiniteTimeSpan;
            })
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
            {
                ConnectTimeout = TimeSpan.FromSeconds(2),
                PooledConnectionLifetime = TimeSpan.FromMinutes(2),
                AllowAutoRedirect = false,
                UseCookies = false,
                UseProxy = false,
            })
            .AddHttpMessageHandler(s => new ServiceCallHandler(
                service, s.GetRequiredService<ServiceTokens>(), s.GetRequiredService<CallPipelines>(),
                s.GetRequiredService<IHttpContextAccessor>()));
        return services;
    }
}
