using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Testing;

/// <summary>What each operation documents: its statuses, and its problems by code.</summary>
public sealed record OperationAnswers(string Id, HttpMethod Method, string Path, JsonElement Operation, IReadOnlySet<int> Statuses, IReadOnlySet<string> Codes)
{
    static readonly IReadOnlySet<string> Known = Hdms.Kit.Problems.Codes.All.Select(c => c.Name).ToHashSet();

    /// <summary>The types that its body may be of; none without a body.</summary>
    public IReadOnlyList<string> BodyTypes { get; } = Operation.TryGetProperty("requestBody", out var body)
        ? [.. body.GetProperty("content").EnumerateObject().Select(c => c.Name)]
        : [];

    public bool IsJson => BodyTypes.Contains("application/json");

    public bool NeedsToken => Operation.TryGetProperty("security", out _);

    public static IReadOnlyDictionary<string, OperationAnswers> Of(JsonElement document) => document.GetProperty("paths").EnumerateObject()
        .SelectMany(p => p.Value.EnumerateObject().Select(o => Of(p.Name, o.Name, o.Value)))
        .ToDictionary(o => o.Id);

    static OperationAnswers Of(string path, string method, JsonElement operation)
    {
        var responses = operation.GetProperty("responses").EnumerateObject().ToArray();
        return new OperationAnswers(
            operation.GetProperty("operationId").GetString()!,
            HttpMethod.Parse(method),
            path,
            operation,
            responses.Select(r => int.Parse(r.Name)).ToHashSet(),
            responses.SelectMany(r => r.Value.GetProperty("description").GetString()!.Split(", ")).Where(Known.Contains).ToHashSet());
    }
}

/// <summary>Under every client of a test: lets no answer pass that its route does not document, whatever the test is about.</summary>
public sealed class DocumentedAnswers(Func<Task<IReadOnlyDictionary<string, OperationAnswers>>> documented) : DelegatingHandler(new SocketsHttpHandler())
{
    const string Header = "X-Operation";

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        if (response.Headers.TryGetValues(Header, out var names) && (await documented()).TryGetValue(names.Single(), out var operation))
        {
            operation.Statuses.ShouldContain((int)response.StatusCode, $"{operation.Id} does not document this status");
            if (request.Method != HttpMethod.Head && response.Content.Headers.ContentType?.MediaType == "application/problem+json")
            {
                await response.Content.LoadIntoBufferAsync(cancellationToken);
                var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellationToken)).RootElement;
                operation.Codes.ShouldContain(problem.GetProperty("code").GetString()!, $"{operation.Id} does not document this code");
            }
        }

        return response;
    }

    /// <summary>Tells with each answer which operation gave it.</summary>
    public sealed class Naming : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((http, rest) =>
            {
                http.Response.OnStarting(() =>
                {
                    if (http.GetEndpoint()?.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName is { } name)
                        http.Response.Headers[Header] = name;
                    return Task.CompletedTask;
                });
                return rest(http);
            });
            next(app);
        };
    }
}
