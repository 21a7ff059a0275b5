using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Hdms.Kit;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Web;

/// <summary><c>/openapi/v1.json</c>: the documents of all services as one. A service that is away is shown as it was last seen.</summary>
sealed class ApiDocument(IEnumerable<(string Service, Uri Url)> services, TimeProvider clock) : IDisposable
{
    static readonly TimeSpan Fresh = TimeSpan.FromSeconds(10);

    readonly List<(string Service, Uri Url)> _services = [.. services];
    readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(60) };
    readonly Dictionary<string, JsonObject> _seen = new(StringComparer.Ordinal);
    readonly SemaphoreSlim _one = new(1, 1);
    (byte[] Body, string ETag, DateTimeOffset At) _made = ([], "", DateTimeOffset.MinValue);

    public static void Map(IEndpointRouteBuilder app) => app.MapMethods("/openapi/v1.json", DocsPage.Read, HandleAsync);

    public void Dispose()
    {
        _http.Dispose();
        _one.Dispose();
    }

    static async Task HandleAsync(HttpContext http, ApiDocument document, CancellationToken ct)
    {
        var (body, etag) = await document.ReadAsync(ct);
        http.Response.Headers.ETag = etag;
        http.Response.Headers.CacheControl = "no-cache";
        if (http.Request.Headers.IfNoneMatch.ToString().Contains(etag, StringComparison.Ordinal))
        {
            http.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        http.Response.ContentType = "application/json; charset=utf-8";
        http.Response.ContentLength = body.Length;
        if (HttpMethods.IsGet(http.Request.Method))
            await http.Response.Body.WriteAsync(body, ct);
    }

    async Task<(byte[] Body, string ETag)> ReadAsync(CancellationToken ct)
    {
        await _one.WaitAsync(ct);
        try
        {
            if (clock.GetUtcNow() - _made.At > Fresh)
            {
                await Task.WhenAll(_services.Select(s => FetchAsync(s.Service, s.Url, ct)));
                var body = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(Merge(_services.Select(s => (s.Service, _seen[s.Service]))));
                _made = (body, $"\"{Convert.ToHexStringLower(SHA256.HashData(body))[..32]}\"", clock.GetUtcNow());
            }

            return (_made.Body, _made.ETag);
        }
        finally
        {
            _one.Release();
        }
    }

    async Task FetchAsync(string service, Uri url, CancellationToken ct)
    {
        JsonObject? document = null;
        Exception? fault = null;
        try
        {
            document = await _http.GetFromJsonAsync<JsonObject>(new Uri(url, $"/openapi/{service}.json"), ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested && e is HttpRequestException or TaskCanceledException or System.Text.Json.JsonException)
        {
            fault = e;
        }

        lock (_seen)
        {
            if (document is not null)
                _seen[service] = document;
            else if (!_seen.ContainsKey(service))
                throw Refusal.Unavailable(Codes.ReferenceUnavailable, $"The {service} service does not answer, and its part of the document has not been seen yet.", TimeSpan.FromSeconds(2), fault);
        }
    }

    /// <summary>One document of several. Where two mean different things by one name, the later one's gets its service's name in front.</summary>
    internal static JsonObject Merge(IEnumerable<(string Service, JsonObject Document)> documents)
    {
        var all = new JsonObject
        {
            ["openapi"] = "3.1.1",
            ["info"] = new JsonObject { ["title"] = "HDMS", ["version"] = ProgramVersion.Text, ["description"] = "The help desk's services as one API." },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "/" }),
            ["paths"] = new JsonObject(),
            ["components"] = new JsonObject(),
            ["tags"] = new JsonArray(),
        };
        foreach (var (service, document) in documents)
        {
            all["openapi"] = document["openapi"]?.DeepClone() ?? all["openapi"]!.DeepClone();
            var part = SchemaNames.Apart((JsonObject)document.DeepClone(), all, service);
            AddMissing((JsonObject)all["paths"]!, part["paths"]);
            foreach (var (section, things) in part["components"] as JsonObject ?? [])
            {
                var components = (JsonObject)all["components"]!;
                components[section] ??= new JsonObject();
                AddMissing((JsonObject)components[section]!, things);
            }

            var tags = (JsonArray)all["tags"]!;
            foreach (var tag in part["tags"] as JsonArray ?? [])
            {
                if (!tags.Any(t => (string?)t!["name"] == (string?)tag!["name"]))
                    tags.Add(tag!.DeepClone());
            }
        }

        return all;
    }

    static void AddMissing(JsonObject to, JsonNode? from)
    {
        foreach (var (name, value) in from as JsonObject ?? [])
        {
            if (!to.ContainsKey(name))
                to[name] = value?.DeepClone();
        }
    }
}
