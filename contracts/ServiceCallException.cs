namespace Hdms.Contracts;

/// <summary>A call to another service was refused, or not answered. Where nobody catches it, the caller hears 503 <c>reference_unavailable</c>.</summary>
/// <param name="service">The other service's name.</param>
/// <param name="status">Its HTTP status; null when there was no answer.</param>
/// <param name="code">Its problem code, as <c>department_in_use</c>; null when it gave none.</param>
/// <param name="retryAfter">When it asked to be called again.</param>
public sealed class ServiceCallException(
    string service, int? status, string? code, string detail, TimeSpan? retryAfter = null, Exception? inner = null)
    : Exception(detail, inner)
{
    public string Service { get; } = service;

    public int? Status { get; } = status;

    public string? Code { get; } = code;

    public TimeSpan? RetryAfter { get; } = retryAfter;

    /// <summary>It could not answer for now; the same call may succeed later. False: it has answered, and said no.</summary>
    public bool IsAway => Status is null or >= 500 or 408 or 429 || Code == "idempotency_in_flight";
}
