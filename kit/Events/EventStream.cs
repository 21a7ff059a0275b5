using System.Text.Json;
using System.Text.Json.Nodes;
using Hdms.Contracts;

namespace Hdms.Kit.Events;

/// <summary>A thing whose changes are events: one stream, whose version is the thing's own and its ETag.</summary>
/// <param name="Id">The thing's id.</param>
/// <param name="Version">The version that was read and is built upon; 0 for a new thing.</param>
public sealed record EventStream(Guid Id, long Version)
{
    /// <summary>Whose personal data its events carry; null when they carry none.</summary>
    public Guid? Person { get; init; }

    /// <summary>
    /// The thing's whole state as an event (<c>…Imported</c>). It is appended first when the log has no event of this version:
    /// the row came from the old system, through an engine that knows no events (DESIGN section 12a).
    /// </summary>
    public Func<object>? Imported { get; init; }
}

/// <summary>What an event records beside its data. It never leaves its service.</summary>
/// <param name="Before">The changed members as they were, by JSON name.</param>
/// <param name="After">The same members as they are now.</param>
/// <param name="Reason">Why, in the actor's words.</param>
public sealed record Audit(object? Before = null, object? After = null, string? Reason = null)
{
    public static readonly Audit None = new();

    /// <summary>The members in which two states of a thing differ; <c>updated_at</c> says nothing that the event's time does not.</summary>
    public static Audit Between<T>(T before, T after, string? reason = null)
    {
        var old = JsonSerializer.SerializeToNode(before, Json.Tolerant)!.AsObject();
        var now = JsonSerializer.SerializeToNode(after, Json.Tolerant)!.AsObject();
        var changed = now.Select(m => m.Key).Where(name => name != "updated_at" && !JsonNode.DeepEquals(old[name], now[name])).ToArray();
        return new Audit(Only(old), Only(now), reason);

        JsonObject Only(JsonObject state) => new(changed.Select(name => KeyValuePair.Create(name, state[name]?.DeepClone())));
    }
}
