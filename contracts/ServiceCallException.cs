using System.Text.Json;

namespace Hdms.Contracts;

/// <summary>A call to another service was refused, or not answered. Where nobody catches it, the caller hears 503 <c>reference_unavailable</c>.</summary>
/// <param name="service">The other service's name.</param>
/// <param name="status">Its HTTP status; null when there was no answer.</param>
/// <param name="code">Its problem code, as <c>department_in_use</c>; null when it gave none.</param>
public sealed class ServiceCallException(string service, int? status, string? code, string detail, Exception? inner = null)
    : Exception(detail, inner)
{
    public string Service { get; } = service;

    public int? Status { get; } = status;

    public string? Code { get; } = code;

    /// <summary>What is wrong, by field.</summary>
    public IReadOnlyDictionary<string, string[]> Errors { get; init; } = new Dictionary<string, string[]>();

    /// <summary>When it asked to be called again.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>It could not answer for now; the same call may succeed later. False: it has answered, and said no.</summary>
    public bool IsAway => Status is null or >= 500 or 408 or 429 || Code == "idempotency_in_flight";

    /// <summary>Reads the problem (RFC 9457) out of an answer that is no success.</summary>
    public static async Task<ServiceCallException> ReadAsync(string service, HttpResponseMessage response, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(response);
        var status = (int)response.StatusCode;
        var problem = await ProblemAsync(response, ct);
        return new ServiceCallException(service, status, problem.Code, problem.Detail ?? $"{response.RequestMessage?.RequestUri?.AbsolutePath} answered {status}.")
        {
            Errors = problem.Errors ?? new Dictionary<string, string[]>(),
            RetryAfter = response.Headers.RetryAfter?.Delta,
        };
    }

    static async Task<Problem> ProblemAsync(HttpResponseMessage response, CancellationToken ct)
    {
        try
        {
            if (response.Content.Headers.ContentType?.MediaType == "application/problem+json")
            {
                return JsonSerializer.Deserialize<Problem>(await response.Content.ReadAsByteArrayAsync(ct), Json.Tolerant) ?? new Problem();
            }
        }
        catch (JsonException)
        {
            // Something in between answered, not the service; the status is all there is.
        }

        return new Problem();
    }

    sealed record Problem(string? Code = null, string? Detail = null, Dictionary<string, string[]>? Errors = null);
}
