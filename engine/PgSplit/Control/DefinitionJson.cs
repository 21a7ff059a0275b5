using System.Text.Json;
using System.Text.Json.Nodes;
using PgSplit.Pg;
using PgSplit.Shape;

namespace PgSplit.Control;

/// <summary>A definition as it is kept with the state: what decides whether it is the same move, and no secrets.</summary>
static class DefinitionJson
{
    public static string Of(MoveDefinition definition) => JsonSerializer.Serialize(
        new { source = definition.Source.Stored, target = definition.Target.Stored, tables = definition.Tables.Order().Select(t => new[] { t.Schema, t.Name }), shapes = ShapesOf(definition) },
        JsonSerializerOptions.Web);

    // By name; where in the map it stands does not matter.
    static SortedDictionary<string, TableShape> ShapesOf(MoveDefinition definition) => new(
        definition.Shapes.ToDictionary(s => s.Key.Sql, s => s.Value with { Line = 0, Columns = [.. s.Value.Columns.Select(c => c with { Line = 0 }).OrderBy(c => c.Name, StringComparer.Ordinal)], Unique = s.Value.Unique is { } unique ? [.. unique.Select(u => u with { Line = 0 })] : null }), StringComparer.Ordinal);

    /// <exception cref="PgSplitException">The map names other tables, or other shapes of them, than those the move was begun with.</exception>
    public static void EnsureSame(MoveDefinition definition, string kept)
    {
        using var was = JsonDocument.Parse(kept);
        var before = was.RootElement.GetProperty("tables").EnumerateArray().Select(t => new QualifiedName(t[0].GetString()!, t[1].GetString()!)).ToHashSet();
        var added = definition.Tables.Where(t => !before.Contains(t)).ToList();
        var removed = before.Except(definition.Tables).ToList();
        var reshaped = (JsonObject)JsonSerializer.SerializeToNode(ShapesOf(definition), JsonSerializerOptions.Web)!;
        var wasShaped = was.RootElement.TryGetProperty("shapes", out var shapes) ? (JsonObject)JsonNode.Parse(shapes.GetRawText())! : [];
        var changed = reshaped.Select(s => s.Key).Union(wasShaped.Select(s => s.Key)).Where(n => !JsonNode.DeepEquals(reshaped[n], wasShaped[n])).ToList();
        if (added.Count + removed.Count + changed.Count == 0)
            return;
        var parts = new[] { changed.Count > 0 && added.Count + removed.Count == 0 ? $"another shape of {string.Join(", ", changed)}" : null, added.Count > 0 ? $"added {string.Join(", ", added)}" : null, removed.Count > 0 ? $"removed {string.Join(", ", removed)}" : null };
        throw new PgSplitException(
            ExitCode.Refused, $"the map has changed since the move {definition.Id} began: {string.Join("; ", parts.Where(p => p is not null))}",
            "take the change back, or `pgsplit cancel` and begin again");
    }
}
