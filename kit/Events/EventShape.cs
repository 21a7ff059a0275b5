using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hdms.Contracts;

namespace Hdms.Kit.Events;

/// <summary>How a type of event is written: its published name, and which of its members are personal.</summary>
sealed class EventShape
{
    static readonly ConcurrentDictionary<Type, EventShape> Known = new();

    readonly string[] _personal;

    EventShape(Type type)
    {
        Name = type.GetCustomAttribute<EventTypeAttribute>()?.Name
            ?? throw new InvalidOperationException($"{type} is appended as an event but has no [EventType].");
        var marked = type.GetProperties().Where(p => p.IsDefined(typeof(PersonalAttribute))).Select(p => p.Name)
            .Concat(type.GetConstructors().SelectMany(c => c.GetParameters()).Where(p => p.IsDefined(typeof(PersonalAttribute))).Select(p => p.Name!));
        _personal = [.. marked.Distinct(StringComparer.Ordinal).Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)];
    }

    public string Name { get; }

    public bool HasPersonal => _personal.Length > 0;

    public static EventShape Of(Type type) => Known.GetOrAdd(type, static t => new EventShape(t));

    /// <summary>Divides the event into what all may read and what is kept under the person's key.</summary>
    public (string Open, JsonObject Personal) Split(object @event)
    {
        if (!HasPersonal)
        {
            return (JsonSerializer.Serialize(@event, @event.GetType(), Json.Tolerant), []);
        }

        var open = JsonSerializer.SerializeToNode(@event, @event.GetType(), Json.Tolerant)!.AsObject();
        var personal = new JsonObject();
        foreach (var name in _personal)
        {
            if (open.Remove(name, out var value))
            {
                personal[name] = value;
            }
        }

        return (open.ToJsonString(), personal);
    }
}
