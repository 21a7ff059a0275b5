using System.Globalization;
using System.Threading.RateLimiting;
using Hdms.Contracts;
using Hdms.Kit.Auth;
using Hdms.Kit.Hosting;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Kit.Limits;

/// <summary>Registers and places the limits on requests (DOMAIN.md section 6).</summary>
static class KitLimits
{
    public static IServiceCollection AddKitLimits(this IServiceCollection services, IConfiguration settings) =>
        services.AddSingleton(s => new RequestLimits(settings, s.GetRequiredService<TimeProvider>()));

    public static IApplicationBuilder UseKitLimits(this IApplicationBuilder app) => app.UseMiddleware<LimitRequests>();
}

/// <summary>Requests a minute by role, as token buckets per user, or per address for those who are not signed in.</summary>
sealed class RequestLimits : IDisposable
{
    /// <summary>Services, and people whose work is never held up, up to what no person reaches.</summary>
    const int Cap = 2000;

    readonly Dictionary<string, TokenBuckets> _buckets;

    public RequestLimits(IConfiguration settings, TimeProvider clock)
    {
        Enabled = settings.Flag("rate_limits", true);
        var concurrent = settings.Number("max_concurrent_requests", 256, 1, 100_000);
        Concurrent = new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = concurrent, QueueLimit = concurrent });
        _buckets = new(StringComparer.Ordinal)
        {
            ["sign_in"] = new(settings.Number("rate_limit_sign_in", 10, 1, 1_000_000), clock),
            [nameof(Role.Requester)] = new(settings.Number("rate_limit_requester", 150, 1, 1_000_000), clock),
            [nameof(Role.Assignee)] = new(settings.Number("rate_limit_assignee", 250, 1, 1_000_000), clock),
            [nameof(Role.Moderator)] = new(settings.Number("rate_limit_moderator", Cap, 1, 1_000_000), clock),
            [nameof(Role.Admin)] = new(settings.Number("rate_limit_admin", Cap, 1, 1_000_000), clock),
        };
    }

    public bool Enabled { get; }

    /// <summary>Requests at work at once; past it, and a queue as long, the answer is 503.</summary>
    public ConcurrencyLimiter Concurrent { get; }

    /// <summary>The bucket of this request and whose it is; null for services, which limit themselves.</summary>
    public (TokenBuckets Buckets, string Whose)? Of(HttpContext http)
    {
        var user = http.User;
        if (user.HasClaim(c => c.Type == Claims.Service))
        {
            return null;
        }

        var address = http.Connection.RemoteIpAddress?.ToString() ?? "unknown";
        if (http.GetEndpoint()?.Metadata.GetMetadata<SignInLimit>() is not null)
        {
            return (_buckets["sign_in"], address);
        }

        var whose = user.FindFirst(Claims.Subject)?.Value ?? user.FindFirst(Claims.ServiceAccount)?.Value;
        var role = user.HasClaim(c => c.Type == Claims.ServiceAccount) ? nameof(Role.Admin) : user.FindFirst(Claims.Role)?.Value;
        var name = Enum.TryParse<Role>(role, ignoreCase: true, out var known) ? known.ToString() : nameof(Role.Requester);
        return (_buckets[name], whose ?? address);
    }

    public void Dispose()
    {
        Concurrent.Dispose();
        foreach (var bucket in _buckets.Values)
        {
            bucket.Dispose();
        }
    }
}

/// <summary>Holds requests to their limits, and tells on every answer how much is left.</summary>
sealed class LimitRequests(RequestDelegate next, RequestLimits limits)
{
    public async Task InvokeAsync(HttpContext http)
    {
        if (limits.Enabled && limits.Of(http) is { } bucket)
        {
            var (allowed, left, reset) = bucket.Buckets.Take(bucket.Whose);
            var headers = http.Response.Headers;
            headers["X-RateLimit-Limit"] = bucket.Buckets.PerMinute.ToString(CultureInfo.InvariantCulture);
            headers["X-RateLimit-Remaining"] = left.ToString(CultureInfo.InvariantCulture);
            headers["X-RateLimit-Reset"] = ((int)Math.Ceiling(reset.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            if (!allowed)
            {
                throw new Refusal(Codes.RateLimited, $"At most {bucket.Buckets.PerMinute} requests a minute are answered here.") { RetryAfter = reset };
            }
        }

        // A long poll waits, it does not work; it must not take a place from those who do.
        if (http.GetEndpoint()?.Metadata.GetMetadata<LongLived>() is not null)
        {
            await next(http);
            return;
        }

        using var place = await limits.Concurrent.AcquireAsync(1, http.RequestAborted);
        if (!place.IsAcquired)
        {
            throw Refusal.Unavailable(Codes.Unavailable, "Too much is being worked on at once. Nothing was changed; try again.", TimeSpan.FromSeconds(1));
        }

        await next(http);
    }
}

/// <summary>Marks sign-in routes, which are limited by address.</summary>
sealed class SignInLimit;

/// <summary>Marks routes that stay open and wait.</summary>
sealed class LongLived;

/// <summary>Route conventions of limits.</summary>
public static class LimitConventions
{
    /// <summary>Limited by address as sign-in is: 10 a minute.</summary>
    public static TBuilder LimitedAsSignIn<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new SignInLimit());

    /// <summary>Stays open and waits: does not count as work at once.</summary>
    public static TBuilder StaysOpen<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new LongLived());
}
