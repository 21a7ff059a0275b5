using System.Globalization;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Feeds;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Kit.Replicas;

/// <summary>
/// A small local copy of another service's read-heavy rows, kept by its feed. The service makes the table in its own schema,
/// with <c>id uuid PRIMARY KEY</c>, <c>version bigint</c> and the columns it wants, named as in the events' data.
/// </summary>
/// <example><code>
/// services.AddReplica(new Replica("tickets_replica_users", ["first_name", "last_name", "is_active"]), Services.Users,
///     on => on.Of&lt;UserRegistered&gt;().Of&lt;UserChanged&gt;());
/// </code></example>
public sealed class Replica
{
    readonly string _upsert;

    public Replica(string table, IReadOnlyList<string> columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        Table = table;
        var names = columns.Select(Sql.Name).ToList();
        _upsert = string.Create(
            CultureInfo.InvariantCulture,
            $"""
            INSERT INTO {Sql.Name(table)} (id, version, {string.Join(", ", names)})
            SELECT @stream, @version, {string.Join(", ", names.Select(n => $"r.{n}"))}
            FROM jsonb_populate_record(NULL::{Sql.Name(table)}, @data::jsonb) AS r
            ON CONFLICT (id) DO UPDATE SET version = excluded.version, {string.Join(", ", names.Select(n => $"{n} = excluded.{n}"))}
            WHERE {Sql.Name(table)}.version <= excluded.version
            """);
    }

    public string Table { get; }

    /// <summary>Takes over the whole state that an event carries, unless the service knows of a later one: it may have asked the owner.</summary>
    public Task TakeAsync(UnitOfWork work, FeedEvent e)
    {
        ArgumentNullException.ThrowIfNull(work);
        ArgumentNullException.ThrowIfNull(e);
        return work.ExecuteAsync(_upsert, new { stream = e.Stream, version = e.Streamversion, data = e.Data.GetRawText() });
    }

    internal Task ForgetAsync(UnitOfWork work) => work.ExecuteAsync($"DELETE FROM {Sql.Name(Table)}");
}

/// <summary>Names the events that carry a replica's rows.</summary>
public sealed class ReplicaEvents
{
    readonly Replica _replica;
    readonly FeedHandlers _handlers;

    internal ReplicaEvents(Replica replica, FeedHandlers handlers)
    {
        _replica = replica;
        _handlers = handlers;
    }

    /// <summary>Events of type <typeparamref name="T"/> carry the whole state in their data.</summary>
    public ReplicaEvents Of<T>()
    {
        _handlers.Event<T>((work, _, e) => _replica.TakeAsync(work, e));
        return this;
    }
}

/// <summary>Registers replicas.</summary>
public static class ReplicaRegistration
{
    public static IServiceCollection AddReplica(this IServiceCollection services, Replica replica, Service source, Action<ReplicaEvents> events)
    {
        ArgumentNullException.ThrowIfNull(replica);
        ArgumentNullException.ThrowIfNull(events);
        return services.AddFeedReader($"replica:{replica.Table}", source, on =>
        {
            on.FromStartAfterRestore(replica.ForgetAsync);
            events(new ReplicaEvents(replica, on));
        });
    }
}
