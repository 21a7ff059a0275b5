using System.Net.Http.Headers;
using System.Net.Http.Json;
using Hdms.Contracts;

namespace Hdms.Testing;

/// <summary>What anybody does at an API.</summary>
public static class HttpActs
{
    /// <param name="body">JSON, or content of another kind; none when null.</param>
    /// <param name="version">The version in If-Match.</param>
    public static async Task<HttpResponseMessage> SendAsync(
        this HttpClient client, HttpMethod method, string path, object? body = null, long? version = null, string? key = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body as HttpContent ?? (body is null ? null : JsonContent.Create(body, body.GetType(), null, Json.Tolerant)) };
        if (version is not null)
            request.Headers.IfMatch.Add(new EntityTagHeaderValue($"\"{version}\""));
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        return await client.SendAsync(request);
    }

    public static Task<HttpResponseMessage> PatchAsync(this HttpClient client, string path, object body, long? version = null) =>
        client.SendAsync(HttpMethod.Patch, path, body, version);

    /// <summary>Reads one thing, or a list.</summary>
    public static async Task<T> ReadAsync<T>(this HttpClient client, string path)
    {
        using var answer = await client.GetAsync(path);
        return await answer.ReadAsync<T>();
    }

    public static async Task<T> DoAsync<T>(this HttpClient client, HttpMethod method, string path, object? body = null)
    {
        using var answer = await client.SendAsync(method, path, body);
        return await answer.ReadAsync<T>();
    }
}
