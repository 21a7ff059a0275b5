using System.Text.Json.Nodes;

namespace Hdms.Api.Tests.Fuzz;

/// <summary>A route as the OpenAPI document describes it.</summary>
sealed record Operation(
    string Method, string Path, string Id, IReadOnlyList<Parameter> Parameters, string? BodyType, Schema? Body, IReadOnlySet<int> Statuses, bool IsOpen)
{
    public override string ToString() => $"{Method} {Path}";
}

sealed record Parameter(string Name, bool InPath, Schema Schema);

/// <summary>A JSON schema, with its references followed.</summary>
sealed class Schema(JsonObject node, JsonObject document, int depth = 0)
{
    readonly JsonObject _node = Follow(node, document);

    public IReadOnlyList<string> Types => _node["type"] switch
    {
        JsonArray several => [.. several.Select(t => t!.GetValue<string>())],
        JsonValue one => [one.GetValue<string>()],
        _ => [],
    };

    public string Type => Types.FirstOrDefault(t => t != "null") ?? (_node["properties"] is null ? "string" : "object");

    public string? Format => _node["format"]?.GetValue<string>();

    public IReadOnlyList<string> Values => [.. (_node["enum"] as JsonArray ?? []).Where(v => v is not null).Select(v => v!.GetValue<string>())];

    public IReadOnlySet<string> Required => (_node["required"] as JsonArray ?? []).Select(r => r!.GetValue<string>()).ToHashSet();

    public IReadOnlyDictionary<string, Schema> Properties =>
        depth > 6
            ? new Dictionary<string, Schema>()
            : (_node["properties"] as JsonObject ?? []).ToDictionary(p => p.Key, p => new Schema(p.Value!.AsObject(), document, depth + 1));

    public Schema? Items => depth > 6 || _node["items"] is not JsonObject items ? null : new Schema(items, document, depth + 1);

    static JsonObject Follow(JsonObject node, JsonObject document)
    {
        for (; ; )
        {
            if (node["$ref"]?.GetValue<string>() is { } reference)
            {
                node = reference[2..].Split('/').Aggregate((JsonNode)document, (at, step) => at[step.Replace("~1", "/", StringComparison.Ordinal)]!).AsObject();
            }
            else if ((node["oneOf"] ?? node["anyOf"] ?? node["allOf"]) is JsonArray { Count: > 0 } options)
            {
                node = options.Select(o => o!.AsObject()).FirstOrDefault(o => o["type"]?.ToString() != "null") ?? options[0]!.AsObject();
            }
            else
            {
                return node;
            }
        }
    }
}

/// <summary>Reads the operations out of an OpenAPI 3 document.</summary>
static class OpenApi
{
    static readonly string[] Methods = ["get", "post", "put", "patch", "delete"];

    public static IReadOnlyList<Operation> Operations(JsonObject document) =>
    [
        .. from path in document["paths"]!.AsObject()
           from method in path.Value!.AsObject()
           where Methods.Contains(method.Key)
           let operation = method.Value!.AsObject()
           select Read(document, path.Key, method.Key, operation),
    ];

    static Operation Read(JsonObject document, string path, string method, JsonObject operation)
    {
        var parameters = (operation["parameters"] as JsonArray ?? []).Select(p => p!.AsObject())
            .Where(p => p["in"]!.GetValue<string>() is "path" or "query")
            .Select(p => new Parameter(p["name"]!.GetValue<string>(), p["in"]!.GetValue<string>() == "path", new Schema(p["schema"]?.AsObject() ?? [], document)));
        var body = operation["requestBody"]?["content"]?.AsObject().FirstOrDefault();
        return new Operation(
            method.ToUpperInvariant(),
            path,
            operation["operationId"]?.GetValue<string>() ?? $"{method} {path}",
            [.. parameters],
            body?.Key,
            body?.Value?["schema"] is JsonObject schema ? new Schema(schema, document) : null,
            operation["responses"]!.AsObject().Where(r => int.TryParse(r.Key, out _)).Select(r => int.Parse(r.Key)).ToHashSet(),
            operation["security"] is not JsonArray { Count: > 0 });
    }
}
