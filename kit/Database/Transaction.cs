using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Events;
using Hdms.Kit.Http;
using Hdms.Kit.Idempotency;
using Hdms.Kit.Problems;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hdms.Kit.Database;

/// <summary>One try of a unit of work: begin, work, append, commit.</summary>
sealed partial class Transaction(string service, EventLog events, ILogger log)
{
    object? _result;
    string? _correlation;
    UnitOfWork? _unit;

    /// <summary>Transaction id at the server, by which can be asked whether it still runs.</summary>
    public string Id { get; private set; } = "";

    /// <summary>An event of this transaction, by which its commit is known afterwards; null when it appends none.</summary>
    public PendingEvent? Mark { get; private set; }

    /// <summary>COMMIT has been sent: from here on only the server knows the outcome.</summary>
    public bool Committing { get; private set; }

    public T Result<T>() => (T)_result!;

    public async Task<(T Result, LogPosition? Position)> RunAsync<T>(
        Home home, Caller by, IdempotentCall? call, Func<UnitOfWork, Task<T>> work, Func<StoredAnswer, T>? replay, DateTimeOffset now, CancellationToken ct)
    {
        await using var connection = await home.OpenAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await BeginAsync(connection, by, call, ct);
        if (call is not null && await StoredAnswer.FindAsync(connection, service, call, now, ct) is { } stored)
        {
            return (replay!(stored), null);
        }

        var unit = new UnitOfWork(connection, events, by, now, ct);
        var result = await work(unit);
        _result = result;
        _unit = unit;
        return (result, await CommitAsync(connection, unit, call, result, now, ct));
    }

    /// <summary>What follows a commit, once, in whichever way the commit became known. Never throws: the effect has happened.</summary>
    public async Task FollowCommitAsync()
    {
        if (Mark is not null)
        {
            events.Tell(_unit!.Events);
            LogSignal.Raise(service);
        }

        foreach (var action in _unit?.AfterCommits ?? [])
        {
            try
            {
                await action();
            }
            catch (Exception e)
            {
                AfterCommitFailed(log, service, DatabaseFaults.WithoutRows(e));
            }
        }
    }

    async Task BeginAsync(NpgsqlConnection connection, Caller by, IdempotentCall? call, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"LOCK TABLE {service}_gate IN ROW EXCLUSIVE MODE"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand(
            "SELECT pg_current_xact_id()::text, set_config('application_name', $1, true)")
        {
            Parameters = { new() { Value = $"hdms-{service} {by.CorrelationId}" } },
        });
        if (call is not null)
        {
            // Two requests with one key: the second waits here for the first, five seconds at most (API.md, idempotency).
            batch.BatchCommands.Add(new NpgsqlBatchCommand("SELECT set_config('lock_timeout', '5s', true)"));
            batch.BatchCommands.Add(new NpgsqlBatchCommand("SELECT pg_advisory_xact_lock($1)")
            {
                Parameters = { new() { Value = BitConverter.ToInt64(call.Key) } },
            });
            batch.BatchCommands.Add(new NpgsqlBatchCommand("SELECT set_config('lock_timeout', '0', true)"));
        }

        try
        {
            await using var reader = await batch.ExecuteReaderAsync(ct);
            await reader.ReadAsync(ct);
            Id = reader.GetString(0);
            while (await reader.NextResultAsync(ct))
            {
                // The rest only has to succeed.
            }
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable && call is not null)
        {
            throw new Refusal(Codes.IdempotencyInFlight, "A request with this Idempotency-Key is still being worked on. Ask again in a moment.", e)
            {
                RetryAfter = TimeSpan.FromSeconds(1),
            };
        }
    }

    async Task<LogPosition?> CommitAsync(NpgsqlConnection connection, UnitOfWork unit, IdempotentCall? call, object? result, DateTimeOffset now, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection);
        foreach (var command in unit.AtCommits)
        {
            batch.BatchCommands.Add(command);
        }

        if (call is not null && result is IAnswer { IsKept: true } answer)
        {
            batch.BatchCommands.Add(StoredAnswer.Keep(service, call, answer.Store(call.RequestHash), now));
        }

        if (unit.Events.Count > 0)
        {
            foreach (var command in events.Append(unit.Events, unit.By))
            {
                batch.BatchCommands.Add(command);
            }
        }

        batch.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
        _correlation = unit.By.CorrelationId;
        Mark = unit.Events.Count > 0 ? unit.Events[^1] : null;
        Committing = true;
        try
        {
            // Not ct: a COMMIT that is cut off half-way leaves nobody knowing what happened.
            await using var reader = await batch.ExecuteReaderAsync(CancellationToken.None);
            LogPosition? last = null;
            do
            {
                while (await reader.ReadAsync(CancellationToken.None))
                {
                    if (reader.FieldCount == 2)
                    {
                        last = new LogPosition(reader.GetInt32(0), reader.GetInt64(1));
                    }
                }
            }
            while (await reader.NextResultAsync(CancellationToken.None));
            return last;
        }
        catch (PostgresException e)
        {
            Committing = DatabaseFaults.IsConnectionLost(e);
            if (e is { SqlState: PostgresErrorCodes.UniqueViolation } && e.ConstraintName == $"{service}_events_stream")
            {
                var stream = unit.Events.First(x => x.Version is not null);
                throw Refusal.VersionConflict(stream.Version!.Value);
            }

            throw;
        }
    }

    /// <summary>Whether the transaction's event is in the log: of the same thing, version, content and request.</summary>
    public async Task<bool> HasLeftItsMarkAsync(NpgsqlConnection connection, CancellationToken ct) => await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
        $"""
        SELECT EXISTS (SELECT FROM {service}_events WHERE stream_id = @StreamId AND stream_version IS NOT DISTINCT FROM @Version
                         AND type = @Type AND data = @Data::jsonb AND correlation_id IS NOT DISTINCT FROM @correlation)
        """,
        new { Mark!.StreamId, Mark.Version, Mark.Type, Mark.Data, correlation = _correlation },
        cancellationToken: ct));

    [LoggerMessage(111, LogLevel.Warning, "{Service}: an action after a commit failed; the commit stands")]
    static partial void AfterCommitFailed(ILogger logger, string service, Exception e);
}
