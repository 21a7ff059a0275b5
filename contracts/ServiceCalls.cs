using System.Net.Http.Headers;
using System.Net.Http.Json;

namespace Hdms.Contracts;

/// <summary>
/// How the typed clients of the services call. They only say what kind of call it is; the kit adds the service's token and the
/// trace, tries again what may be tried again, and throws <see cref="ServiceCallException"/> for every refusal.
/// </summary>
public static class ServiceCalls
{
    /// <summary>Marks a POST that only reads, as a lookup by many ids: it may be sent again.</summary>
    public static readonly HttpRequestOptionsKey<bool> Reads = new("hdms.reads");

    /// <summary>How long one try may take, where the usual 5 s do not do: a feed that waits for events.</summary>
    public static readonly HttpRequestOptionsKey<TimeSpan> Patience = new("hdms.patience");

    /// <summary>The body of the answer is read as it comes, and is not held in memory: a file.</summary>
    public static readonly HttpRequestOptionsKey<bool> Streams = new("hdms.streams");

    public const string IdempotencyKey = "Idempotency-Key";

    /// <summary>Reads by GET.</summary>
    /// <exception cref="ServiceCallException">The other service refused, or did not answer.</exception>
    public static Task<T> ReadAsync<T>(this HttpClient http, string path, CancellationToken ct) =>
        SendAsync<T>(http, new HttpRequestMessage(HttpMethod.Get, path), ct);

    /// <summary>Reads by GET; null when there is no such thing that the caller may see.</summary>
    /// <exception cref="ServiceCallException">The other service refused otherwise, or did not answer.</exception>
    public static async Task<T?> FindAsync<T>(this HttpClient http, string path, CancellationToken ct)
        where T : class
    {
        try
        {
            return await ReadAsync<T>(http, path, ct);
        }
        catch (ServiceCallException e) when (e.Status == 404)
        {
            return null;
        }
    }

    /// <summary>Reads by POST: a question that does not fit into an address.</summary>
    /// <exception cref="ServiceCallException">The other service refused, or did not answer.</exception>
    public static Task<T> AskAsync<T>(this HttpClient http, string path, object question, CancellationToken ct)
    {
        var request = Post(path, question);
        request.Options.Set(Reads, true);
        return SendAsync<T>(http, request, ct);
    }

    /// <summary>Changes something by POST, once, however often it is sent.</summary>
    /// <param name="idempotencyKey">The same for the same change, as a saga's step has one.</param>
    /// <exception cref="ServiceCallException">The other service refused, or did not answer; then it may have happened.</exception>
    public static Task<T> ChangeAsync<T>(this HttpClient http, string path, object change, string idempotencyKey, CancellationToken ct)
    {
        var request = Post(path, change);
        request.Headers.Add(IdempotencyKey, idempotencyKey);
        return SendAsync<T>(http, request, ct);
    }

    static async Task<T> SendAsync<T>(HttpClient http, HttpRequestMessage request, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(http);
        using (request)
        using (var response = await http.SendAsync(request, ct))
        {
            // The kit has seen to this already; a client without it, as a test's, has not.
            return response.IsSuccessStatusCode
                ? (await response.Content.ReadFromJsonAsync<T>(Json.Tolerant, ct))!
                : throw await ServiceCallException.ReadAsync(http.BaseAddress?.Authority ?? "", response, ct);
        }
    }

    static HttpRequestMessage Post(string path, object body) => new(HttpMethod.Post, path)
    {
        Content = JsonContent.Create(body, body.GetType(), new MediaTypeHeaderValue("application/json"), Json.Tolerant),
    };
}
