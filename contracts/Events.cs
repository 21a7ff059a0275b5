using System.Text.Json;

namespace Hdms.Contracts;

/// <summary>The published name of an event, past tense with a version: <c>user.registered.v1</c>. A name never changes its meaning.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class EventTypeAttribute(string name) : Attribute
{
    public string Name { get; } = name;
}

/// <summary>
/// Marks what is personal in an event. It is kept encrypted under a key of the person's own; when the person is anonymised
/// the key is deleted and the value is gone from every event, past ones included (DESIGN section 12a). It may therefore be null.
/// </summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class PersonalAttribute : Attribute;

/// <summary>One event as a feed gives it: CloudEvents 1.0 in JSON, as HTTP Feeds asks (http-feeds.org).</summary>
/// <param name="Id"><c>&lt;log epoch&gt;.&lt;position&gt;</c>; positions rise in commit order.</param>
/// <param name="Source">Logical, so that it survives a move: <c>urn:hdms:users</c>.</param>
/// <param name="Subject">The stream: the id of the thing it happened to.</param>
/// <param name="Streamversion">The thing's version after the event; an extension attribute.</param>
/// <param name="Correlationid">W3C trace id of the request that began it; an extension attribute.</param>
/// <param name="Causationid">Id of the event that led to this one, if one did; an extension attribute.</param>
/// <param name="Actorid">Who did it; absent for the system itself; an extension attribute.</param>
public sealed record FeedEvent(
    string Specversion,
    string Id,
    string Type,
    string Source,
    string Subject,
    DateTimeOffset Time,
    string Datacontenttype,
    JsonElement Data,
    long Streamversion,
    string? Correlationid = null,
    string? Causationid = null,
    Guid? Actorid = null)
{
    public Guid Stream => Guid.Parse(Subject);

    public LogPosition At => LogPosition.TryParse(Id, out var at) ? at : throw new FormatException($"'{Id}' is no event id.");

    public T Read<T>() => Data.Deserialize<T>(Json.Tolerant) ?? throw new JsonException($"The data of event {Id} ({Type}) is null.");
}

/// <summary>A place in a service's event log: <c>&lt;log epoch&gt;.&lt;position&gt;</c>. A restored log has a new epoch, since positions are given again.</summary>
public readonly record struct LogPosition(int Epoch, long Position) : IComparable<LogPosition>
{
    /// <summary>Before the first event of any log.</summary>
    public static readonly LogPosition Start;

    public override string ToString() => $"{Epoch}.{Position}";

    public static bool TryParse(string? text, out LogPosition position)
    {
        position = default;
        var dot = text?.IndexOf('.', StringComparison.Ordinal) ?? -1;
        if (dot <= 0
            || !int.TryParse(text.AsSpan(0, dot), System.Globalization.NumberStyles.None, null, out var epoch)
            || !long.TryParse(text.AsSpan(dot + 1), System.Globalization.NumberStyles.None, null, out var number))
        {
            return false;
        }

        position = new LogPosition(epoch, number);
        return true;
    }

    public int CompareTo(LogPosition other) =>
        Epoch != other.Epoch ? Epoch.CompareTo(other.Epoch) : Position.CompareTo(other.Position);

    public static bool operator <(LogPosition left, LogPosition right) => left.CompareTo(right) < 0;

    public static bool operator >(LogPosition left, LogPosition right) => left.CompareTo(right) > 0;

    public static bool operator <=(LogPosition left, LogPosition right) => left.CompareTo(right) <= 0;

    public static bool operator >=(LogPosition left, LogPosition right) => left.CompareTo(right) >= 0;
}
