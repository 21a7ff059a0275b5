using Hdms.Contracts;
using Hdms.Kit.Hosting;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Hdms.Kit.Auth;

/// <summary>Sets up who may come in: people's tokens by the users service's keys, services' tokens by the shared key.</summary>
public static class KitAuth
{
    public static IServiceCollection AddKitAuth(this IServiceCollection services, Service service, IConfiguration settings)
    {
        ArgumentNullException.ThrowIfNull(service);
        var key = ServiceKey(settings);
        services.AddSingleton(s => new ServiceTokens(service.Name, key, s.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<ISigningKeys>(s => new JwksKeys(
            new HttpClient { BaseAddress = settings.Url(Services.Users), Timeout = TimeSpan.FromSeconds(5) }, s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(s => new VerifiedTokens(s.GetRequiredService<ISigningKeys>(), key, s.GetRequiredService<TimeProvider>()));
        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer();
        services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme).Configure<VerifiedTokens>((options, verified) =>
        {
            options.MapInboundClaims = false;
            // Nobody asks for it again.
            options.SaveToken = false;
            options.TokenHandlers.Clear();
            options.TokenHandlers.Add(verified);
            options.Events = new JwtBearerEvents { OnAuthenticationFailed = SayWhenNobodyCanTell };
        });
        services.AddAuthorizationBuilder()
            .AddPolicy(Policies.Service, p => p.RequireClaim(Claims.Service))
            .AddPolicy(Policies.Feed, p => p.RequireAssertion(c => c.User.HasClaim(x => x.Type == Claims.Service) || HasScope(c, $"feed:{service.Name}")));
        return services;
    }

    /// <summary>That the keys can't be had is no fault of the token: 503, not 401, or clients would throw away what is good.</summary>
    static Task SayWhenNobodyCanTell(AuthenticationFailedContext context)
    {
        var causes = context.Exception is AggregateException several ? several.InnerExceptions : (IEnumerable<Exception>)[context.Exception];
        return causes.OfType<Refusal>().FirstOrDefault() is { } refusal ? Task.FromException(refusal) : Task.CompletedTask;
    }

    static bool HasScope(AuthorizationHandlerContext context, string scope) =>
        context.User.FindAll(Claims.Scope).Any(c => c.Value.Split(' ').Contains(scope, StringComparer.Ordinal));

    static byte[] ServiceKey(IConfiguration settings)
    {
        const string Name = "service_key";
        var key = new byte[64];
        return Convert.TryFromBase64String(settings.Required(Name), key, out var length) && length >= 32
            ? key[..length]
            : throw new SettingException(Name, "must be at least 32 random bytes in base64, the same for all services.");
    }
}
