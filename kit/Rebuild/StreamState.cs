using System.Text.Json;
using System.Text.Json.Nodes;
using Hdms.Contracts;

namespace Hdms.Kit.Rebuild;

/// <summary>What the events of one stream have made so far: the thing's row, and the rows that belong to it. Rows are given as any object with members named as the columns.</summary>
public sealed class StreamState
{
    readonly Dictionary<StatePart, Dictionary<string, JsonObject>> _parts = [];

    internal StreamState(Guid id) => Id = id;

    public Guid Id { get; }

    internal long Version { get; set; }

    JsonObject? Members { get; set; }

    /// <summary>The row has these values and no others.</summary>
    public void Replace(object state) => Members = AsJson(state);

    /// <summary>These columns of the row have changed.</summary>
    public void Change(object members)
    {
        Members ??= [];
        foreach (var (name, value) in AsJson(members).ToArray())
        {
            Members[name] = value?.DeepClone();
        }
    }

    /// <summary>The row is gone; to be deleted softly is a change like any other.</summary>
    public void Delete() => Members = null;

    /// <summary>A row that belongs to the thing is there, in the place of the one with its key if there was one.</summary>
    public void Put(StatePart part, object row)
    {
        ArgumentNullException.ThrowIfNull(part);
        var json = AsJson(row);
        Of(part)[Key(part, json)] = json;
    }

    /// <summary>The row of this key is there no longer.</summary>
    public void Remove(StatePart part, object key)
    {
        ArgumentNullException.ThrowIfNull(part);
        Of(part).Remove(Key(part, AsJson(key)));
    }

    /// <summary>These are all the rows that there are.</summary>
    public void ReplaceAll(StatePart part, IEnumerable<object> rows)
    {
        ArgumentNullException.ThrowIfNull(part);
        ArgumentNullException.ThrowIfNull(rows);
        Of(part).Clear();
        foreach (var row in rows)
        {
            Put(part, row);
        }
    }

    /// <summary>Null when there is none.</summary>
    internal JsonObject? Row()
    {
        if (Members is null)
        {
            return null;
        }

        (Members["id"], Members["version"]) = (Id, Version);
        return Members;
    }

    internal IEnumerable<JsonObject> Rows(StatePart part) => Of(part).Values;

    Dictionary<string, JsonObject> Of(StatePart part) => _parts.TryGetValue(part, out var rows) ? rows : _parts[part] = new(StringComparer.Ordinal);

    static string Key(StatePart part, JsonObject row) => string.Join('/', part.Key.Select(column => row[column]?.ToJsonString()));

    static JsonObject AsJson(object row) => row is JsonObject json
        ? json.DeepClone().AsObject()
        : JsonSerializer.SerializeToNode(row, row.GetType(), Json.Tolerant)!.AsObject();
}
