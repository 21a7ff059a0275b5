using System.Net;
using Hdms.Contracts;
using Polly;
using Polly.Timeout;

namespace Hdms.Kit.Clients;

/// <summary>Times of a call to another service (DOMAIN.md section 6).</summary>
sealed record CallTimes
{
    public TimeSpan PerTry { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Waits before the second, third and fourth try, give or take a quarter.</summary>
    public IReadOnlyList<TimeSpan> Waits { get; init; } = [TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)];

    /// <summary>Longest wait that another service may ask for; when it asks for more, the caller is told to come again.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long one try may take that somebody else can answer for.</summary>
    public TimeSpan Hurried { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a service that keeps failing is left alone.</summary>
    public TimeSpan Break { get; init; } = TimeSpan.FromSeconds(3);
}

/// <summary>What may be sent again, and what counts as a failure of the other service.</summary>
static class CallRules
{
    public static bool MayBeSentAgain(HttpRequestMessage request) =>
        request.Method == HttpMethod.Get
        || request.Method == HttpMethod.Head
        || (request.Options.TryGetValue(ServiceCalls.Reads, out var reads) && reads)
        || request.Headers.Contains(ServiceCalls.IdempotencyKey);

    public static bool IsWorthAnotherTry(Outcome<HttpResponseMessage> outcome) =>
        IsFailure(outcome) || outcome.Result?.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests;

    /// <summary>The service is in trouble, rather than in no mood for this request.</summary>
    public static bool IsFailure(Outcome<HttpResponseMessage> outcome) =>
        outcome.Exception is HttpRequestException or TimeoutRejectedException or IOException
        || outcome.Result?.StatusCode >= HttpStatusCode.InternalServerError;

    public static TimeSpan? RetryAfter(HttpResponseMessage? response, DateTimeOffset now) => response?.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date > now ? date - now : TimeSpan.Zero,
        _ => null,
    };
}
