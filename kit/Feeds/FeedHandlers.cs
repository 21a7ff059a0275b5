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
    readonly Dictionary<string, Func<UnitOfWork, FeedEvent, Task>> _handlers = new(StringComparer.Ordinal);

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
        _handlers.Add(EventShape.Of(typeof(T)).Name, (work, e) => handle(work, e.Read<T>(), e));
        return this;
    }

    /// <summary>
    /// As <see cref="Event"/>, for every event that is derived from <typeparamref name="T"/>: those that carry a thing's whole state, whatever
    /// has happened to it.
    /// </summary>
    public FeedHandlers Every<T>(Func<UnitOfWork, T, FeedEvent, Task> handle)
        where T : class
    {
        foreach (var type in typeof(T).Assembly.GetTypes().Where(t => !t.IsAbstract && t.IsAssignableTo(typeof(T))))
        {
            _handlers.Add(EventShape.Of(type).Name, (work, e) => handle(work, (T)e.Data.Deserialize(type, Json.Tolerant)!, e));
        }

        return this;
    }

    internal bool Knows(string type) => _handlers.ContainsKey(type);

    internal Task HandleAsync(UnitOfWork work, FeedEvent e) =>
        _handlers.TryGetValue(e.Type, out var handler) ? handler(work, e) : Task.CompletedTask;
}
