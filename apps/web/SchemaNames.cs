using System.Text.Json.Nodes;

namespace Hdms.Web;

/// <summary>Keeps schemas of the same name and another meaning apart when documents are merged.</summary>
static class SchemaNames
{
    const string Reference = "$ref";
    const string Prefix = "#/components/schemas/";

    /// <summary>Renames in <paramref name="part"/> what <paramref name="all"/> has otherwise under the same name.</summary>
    public static JsonObject Apart(JsonObject part, JsonObject all, string service)
    {
        var ours = part["components"]?["schemas"] as JsonObject ?? [];
        var theirs = all["components"]?["schemas"] as JsonObject ?? [];
        var different = ours.Where(s => theirs[s.Key] is { } other && !JsonNode.DeepEquals(s.Value, other)).Select(s => s.Key).ToHashSet(StringComparer.Ordinal);

        // What reads the same but refers to something that differs, differs too.
        while (ours.FirstOrDefault(s => theirs.ContainsKey(s.Key) && !different.Contains(s.Key) && References(s.Value).Any(different.Contains)) is { Key: { } name })
            different.Add(name);
        if (different.Count == 0)
            return part;

        string Renamed(string name) => different.Contains(name) ? $"{char.ToUpperInvariant(service[0])}{service[1..]}{name}" : name;
        foreach (var name in different)
        {
            var schema = ours[name];
            ours.Remove(name);
            ours[Renamed(name)] = schema;
        }

        Rewrite(part, Renamed);
        return part;
    }

    static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject thing => thing.SelectMany(m => m.Key == Reference && NameIn(m.Value) is { } name ? [name] : References(m.Value)),
        JsonArray list => list.SelectMany(References),
        _ => [],
    };

    static void Rewrite(JsonNode? node, Func<string, string> rename)
    {
        if (node is JsonObject thing)
        {
            if (NameIn(thing[Reference]) is { } name)
                thing[Reference] = Prefix + rename(name);
            foreach (var (_, member) in thing)
                Rewrite(member, rename);
        }
        else if (node is JsonArray list)
        {
            foreach (var item in list)
                Rewrite(item, rename);
        }
    }

    static string? NameIn(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<string>(out var text) && text.StartsWith(Prefix, StringComparison.Ordinal) ? text[Prefix.Length..] : null;
}
