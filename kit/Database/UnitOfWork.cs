using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Events;
using Hdms.Kit.Http;
using Npgsql;

namespace Hdms.Kit.Database;

/// <summary>
/// One transaction of a service: its changes, its events and the answer kept for its idempotency key, all or nothing.
/// It may run twice, when a fence meets it half-way; so no HTTP, mail or storage in it and no state captured from outside
/// (DESIGN section 12a).
/// </summary>
public sealed class UnitOfWork
{
    readonly EventLog _log;
    readonly List<PendingEvent> _events = [];
    readonly List<Func<Task>> _afterCommit = [];
    readonly List<NpgsqlBatchCommand> _atCommit = [];

    internal UnitOfWork(NpgsqlConnection connection, EventLog log, Caller by, DateTimeOffset now, CancellationToken ct)
    {
        Connection = connection;
        _log = log;
        By = by;

        // To the millisecond, as JSON writes times: a row then equals the one rebuilt from its events.
        Now = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMillisecond));
        Ct = ct;
    }

    public NpgsqlConnection Connection { get; }

    public Caller By { get; }

    /// <summary>The time at which the unit of work began; one value for all that it writes.</summary>
    public DateTimeOffset Now { get; }

    public CancellationToken Ct { get; }

    internal string Service => _log.Service;

    internal IReadOnlyList<PendingEvent> Events => _events;

    internal IReadOnlyList<Func<Task>> AfterCommits => _afterCommit;

    internal IReadOnlyList<NpgsqlBatchCommand> AtCommits => _atCommit;

    public Task<int> ExecuteAsync(string sql, object? args = null) => Connection.ExecuteAsync(Command(sql, args));

    /// <summary>
    /// Is run in the end, in one round trip with the events and the COMMIT: for what nothing of this unit of work reads, so that locks
    /// are held for less long.
    /// </summary>
    /// <param name="sql">Its parameters are <c>$1</c> and so on.</param>
    public void ExecuteAtCommit(string sql, params object[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        _atCommit.Add(command);
    }

    /// <summary>The one row, or null.</summary>
    public Task<T?> FindAsync<T>(string sql, object? args = null) => Connection.QuerySingleOrDefaultAsync<T?>(Command(sql, args));

    public Task<T> SingleAsync<T>(string sql, object? args = null) => Connection.QuerySingleAsync<T>(Command(sql, args));

    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? args = null) =>
        (await Connection.QueryAsync<T>(Command(sql, args))).AsList();

    /// <summary>Appends an event to a stream; it is written, and gets its position, with the commit.</summary>
    /// <returns>The stream's new version.</returns>
    public async Task<long> AppendAsync(EventStream stream, object @event, Audit? audit = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var last = _events.FindLast(e => e.StreamId == stream.Id && e.Version is not null)?.Version;
        if (last is null && stream is { Version: > 0, Imported: not null })
        {
            await ImportAsync(stream);
        }

        var version = (last ?? stream.Version) + 1;
        _events.Add(await _log.PrepareAsync(Connection, stream, version, @event, audit ?? Audit.None, By, Ct));
        return version;
    }

    /// <summary>Appends the thing's whole state, unless the log has an event of this version; the first write of a thing does it by itself.</summary>
    public async Task ImportAsync(EventStream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var imported = stream.Imported ?? throw new ArgumentException("Nothing says what the whole state is.", nameof(stream));
        var whole = await _log.PrepareAsync(Connection, stream, stream.Version, imported(), Audit.None, By, Ct);
        _events.Add(whole with { IfMissing = true });
    }

    /// <summary>
    /// Records what has to be known but is no change of the thing, as a sign-in: it takes no version of the stream, so the
    /// thing's ETag stays, and no feed gives it.
    /// </summary>
    public async Task RecordAsync(EventStream stream, object fact, Audit? audit = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(fact);
        _events.Add(await _log.PrepareAsync(Connection, stream, null, fact, audit ?? Audit.None, By, Ct));
    }

    /// <summary>Records an attempt that was refused, as <see cref="RecordAsync"/> does.</summary>
    public Task RecordRefusalAsync(EventStream stream, AttemptRefused attempt, Audit? audit = null) => RecordAsync(stream, attempt, audit);

    /// <summary>Runs after the commit, once, and only then; a failure in it is logged, for the effect has happened.</summary>
    public void AfterCommit(Func<Task> action) => _afterCommit.Add(action);

    CommandDefinition Command(string sql, object? args) => new(sql, args, cancellationToken: Ct);
}

/// <summary>Somebody tried what they may not do.</summary>
[EventType(EventLog.Refused)]
public sealed record AttemptRefused(string Action, string Code);
