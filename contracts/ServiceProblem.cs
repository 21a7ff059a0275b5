using System.Net;
using System.Text.Json;

namespace Hdms.Contracts;

/// <summary>A service answered with a problem (RFC 9457), or could not be read.</summary>
/// <param name="code">The stable code, as <c>not_found</c>; empty when the answer was no problem document.</param>
public sealed class ServiceProblemException(HttpStatusCode status, string code, string detail, Exception? inner = null) : Exception(detail, inner)
{
    public HttpStatusCode Status { get; } = status;

    public string Code { get; } = code;

    /// <summary>What is wrong, by field.</summary>
    public IReadOnlyDictionary<string, string[]> Errors { get; init; } = new Dictionary<string, string[]>();

    /// <summary>When to try again, where the service said so.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Reads the problem out of an answer that is no success.</summary>
    public static async Task<ServiceProblemException> ReadAsync(HttpResponseMessage response, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(response);
        var wait = response.Headers.RetryAfter?.Delta;
        try
        {
            var problem = JsonSerializer.Deserialize<Problem>(await response.Content.ReadAsByteArrayAsync(ct), Json.Tolerant);
            if (problem?.Code is { } code)
            {
                return new ServiceProblemException(response.StatusCode, code, problem.Detail ?? code)
                {
                    Errors = problem.Errors ?? new Dictionary<string, string[]>(),
                    RetryAfter = wait,
                };
            }
        }
        catch (JsonException)
        {
            // Something in between answered, not the service; the status is all there is.
        }

        return new ServiceProblemException(response.StatusCode, "", $"{response.RequestMessage?.RequestUri?.AbsolutePath} answered {(int)response.StatusCode}.")
        {
            RetryAfter = wait,
        };
    }

    sealed record Problem(string? Code = null, string? Detail = null, Dictionary<string, string[]>? Errors = null);
}
