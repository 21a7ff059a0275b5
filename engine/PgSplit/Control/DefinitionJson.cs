using System.Text.Json;
using PgSplit.Pg;

namespace PgSplit.Control;

/// <summary>A definition as it is kept with the state: what decides whether it is the same move, and no secrets.</summary>
static class DefinitionJson
{
    public static string Of(MoveDefinition definition) => JsonSerializer.Serialize(
        new { source = definition.Source.Stored, target = definition.Target.Stored, tables = definition.Tables.Order().Select(t => new[] { t.Schema, t.Name }) },
        JsonSerializerOptions.Web);

    /// <exception cref="PgSplitException">The map names other tables than those the move was begun with.</exception>
    public static void EnsureSame(MoveDefinition definition, string kept)
    {
        using var was = JsonDocument.Parse(kept);
        var before = was.RootElement.GetProperty("tables").EnumerateArray().Select(t => new QualifiedName(t[0].GetString()!, t[1].GetString()!)).ToHashSet();
        var added = definition.Tables.Where(t => !before.Contains(t)).ToList();
        var removed = before.Except(definition.Tables).ToList();
        if (added.Count + removed.Count == 0)
            return;
        var parts = new[] { added.Count > 0 ? $"added {string.Join(", ", added)}" : null, removed.Count > 0 ? $"removed {string.Join(", ", removed)}" : null };
        throw new PgSplitException(
            ExitCode.Refused, $"the map has changed since the move {definition.Id} began: {string.Join("; ", parts.Where(p => p is not null))}",
            "take the change back, or `pgsplit cancel` and begin again");
    }
}
