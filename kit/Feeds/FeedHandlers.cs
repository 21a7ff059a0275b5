using System.Text.Json;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;

namespace Hdms.Kit.Feeds;

/// <summary>What a reader does with each type of event. Types it does not name are passed over.</summary>
/// <example><code>
/// services.AddFeedReader("users-replica", Services.Users, on => on
///     .Event&lt;UserChanged&gt;((work, user, e) => …)
///     .Event&lt;UserDeleted&gt;((work, gone, e) => …));
/// </code></example>
public sealed class FeedHandlers
{
    readonly Dictionary<string, (bool Together, Func<UnitOfWork, IReadOnlyList<FeedEvent>, Task> Handle)> _handlers = new(StringComparer.Ordinal);

    /// <summary>
    /// When set, the whole log is read again after it was restored, once this has forgotten what was taken from the old one;
    /// for copies, which are to be as the log says. Else the reader goes on from where the new epoch began.
    /// </summary>
    internal Func<UnitOfWork, Task>? FromStart { get; private set; }

    public FeedHandlers FromStartAfterRestore(Func<UnitOfWork, Task> forget)
    {
        FromStart = forget;
        return this;
    }

    /// <summary>Carries out an event in the transaction that also advances the reader; so it happens once.</summary>
    public FeedHandlers Event<T>(Func<UnitOfWork, T, FeedEvent, Task> handle)
    {
        _handlers.Add(EventShape.Of(typeof(T)).Name, (false, (work, one) => handle(work, one[0].Read<T>(), one[0])));
        return this;
    }

    /// <summary>
    /// As <see cref="Event"/>, for every event that is derived from <typeparamref name="T"/>: those that carry a thing's whole state, whatever
    /// has happened to it.
    /// </summary>
    public FeedHandlers Every<T>(Func<UnitOfWork, T, FeedEvent, Task> handle)
        where T : class
    {
        foreach (var type in Derived<T>())
        {
            _handlers.Add(EventShape.Of(type).Name, (false, (work, one) => handle(work, (T)one[0].Data.Deserialize(type, Json.Tolerant)!, one[0])));
        }

        return this;
    }

    /// <summary>
    /// As <see cref="Every"/>, of all that one part of the feed has of them, in its order: for what is many times as fast as a set, after an
    /// import say. Events of other kinds come before or after all of these, wherever they stood between them, so none may depend on that.
    /// </summary>
    public FeedHandlers EveryTogether<T>(Func<UnitOfWork, IReadOnlyList<(T State, FeedEvent Event)>, Task> handle)
        where T : class
    {
        var types = Derived<T>().ToDictionary(t => EventShape.Of(t).Name, StringComparer.Ordinal);
        Task AllAsync(UnitOfWork work, IReadOnlyList<FeedEvent> events) => handle(work, [.. events.Select(e => ((T)e.Data.Deserialize(types[e.Type], Json.Tolerant)!, e))]);
        foreach (var name in types.Keys)
        {
            _handlers.Add(name, (true, AllAsync));
        }

        return this;
    }

    static IEnumerable<Type> Derived<T>() => typeof(T).Assembly.GetTypes().Where(t => !t.IsAbstract && t.IsAssignableTo(typeof(T)));

    internal bool Knows(string type) => _handlers.ContainsKey(type);

    internal async Task HandleAsync(UnitOfWork work, IEnumerable<FeedEvent> events)
    {
        var together = new Dictionary<Func<UnitOfWork, IReadOnlyList<FeedEvent>, Task>, List<FeedEvent>>();
        foreach (var e in events)
        {
            if (!_handlers.TryGetValue(e.Type, out var handler))
            {
                continue;
            }

            if (!handler.Together)
            {
                await handler.Handle(work, [e]);
            }
            else if (!together.TryAdd(handler.Handle, [e]))
            {
                together[handler.Handle].Add(e);
            }
        }

        foreach (var (all, of) in together)
        {
            await all(work, of);
        }
    }
}
