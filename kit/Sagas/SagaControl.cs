using System.Text.Json;
using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Idempotency;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Kit.Sagas;

/// <param name="Id">Of the saga that runs now.</param>
/// <param name="IsNew">False: one ran already for this subject, and no other was started.</param>
public sealed record SagaStart(Guid Id, bool IsNew);

/// <summary>What came of letting a saga go on.</summary>
public enum SagaRetry
{
    GoesOn,

    /// <summary>There is no such saga, or it is not stuck.</summary>
    NotStuck,

    /// <summary>It came to its step, a call, so long ago that the other service may have acted and forgotten it.</summary>
    MayActTwice,
}

/// <summary>How far a saga is.</summary>
/// <param name="State"><c>running, waiting, compensating, done, compensated, stuck</c>.</param>
/// <param name="Step">The step to be done, or undone, next; in the end, the last one.</param>
/// <param name="Error">The last fault.</param>
/// <param name="Reason">Why it was compensated.</param>
public sealed record SagaView(Guid Id, string Type, string Subject, string State, string? Step, int Attempts, string? Error, string? Reason);

/// <summary>Starts sagas and gives them their signals, in the caller's own unit of work: either both happen or neither.</summary>
public sealed class SagaControl(ServiceDatabase database, SagaTypes types, SagaWake wake, IServiceScopeFactory scopes)
{
    string Table => $"{database.Service}_sagas";

    /// <summary>Starts a saga, unless one of its type runs for the subject; a stuck one counts as running.</summary>
    /// <param name="subject">What it is about, as a user's id.</param>
    public async Task<SagaStart> StartAsync<TData>(UnitOfWork work, string type, string subject, TData data)
        where TData : class
    {
        ArgumentNullException.ThrowIfNull(work);
        types.Require(type);
        for (; ; )
        {
            var id = Guid.CreateVersion7();
            var started = await work.ExecuteAsync(
                $"""
                INSERT INTO {Table} (id, type, subject, state, data, next_at, actor_id, correlation_id, step_since, created_at, updated_at)
                VALUES (@id, @type, @subject, 'running', @data::jsonb, @Now, @UserId, @CorrelationId, @Now, @Now, @Now)
                ON CONFLICT (type, subject) WHERE finished_at IS NULL DO NOTHING
                """,
                new { id, type, subject, data = JsonSerializer.Serialize(data, Json.Tolerant), work.Now, work.By.UserId, work.By.CorrelationId });
            if (started == 1)
            {
                WakeAfter(work);
                return new SagaStart(id, true);
            }

            var running = await work.FindAsync<Guid?>(
                $"SELECT id FROM {Table} WHERE type = @type AND subject = @subject AND finished_at IS NULL", new { type, subject });
            if (running is { } there)
            {
                return new SagaStart(there, false);
            }

            // It has ended between the two statements; then there is room for a new one.
        }
    }

    /// <summary>Gives the saga of this subject a signal, as a feed's handler does; it is kept until a step asks for it.</summary>
    /// <returns>False: no saga of this type runs for the subject.</returns>
    public async Task<bool> SignalAsync(UnitOfWork work, string type, string subject, string name, object? payload = null)
    {
        ArgumentNullException.ThrowIfNull(work);
        types.Require(type);
        var signalled = await work.ExecuteAsync(
            $"""
            UPDATE {Table} SET
                signals = signals || jsonb_build_object(@name, @payload::jsonb),
                state = CASE WHEN state = 'waiting' AND awaits = @name THEN 'running' ELSE state END,
                next_at = CASE WHEN state = 'waiting' AND awaits = @name THEN @Now ELSE next_at END
            WHERE type = @type AND subject = @subject AND finished_at IS NULL
            """,
            new { type, subject, name, payload = JsonSerializer.Serialize(payload ?? new { }, Json.Tolerant), work.Now });
        WakeAfter(work);
        return signalled == 1;
    }

    /// <summary>Lets a stuck saga go on from where it stands, after people have removed what was in its way.</summary>
    /// <param name="force">Also where its call may act twice, once people have seen that it will not.</param>
    public Task<SagaRetry> RetryAsync(Caller by, Guid id, bool force, CancellationToken ct) => database.WriteAsync(by, async work =>
    {
        var stuck = await work.FindAsync<Stuck>($"SELECT type, step, step_since AS since FROM {Table} WHERE id = @id AND state = 'stuck' FOR UPDATE", new { id });
        if (stuck is null)
        {
            return SagaRetry.NotStuck;
        }

        var forgotten = stuck.Since + StoredAnswer.KeptForServices <= work.Now && IsCall(stuck);
        if (forgotten && !force)
        {
            return SagaRetry.MayActTwice;
        }

        // What was forgotten is as good as never sent: the key begins anew.
        await work.ExecuteAsync(
            $"""
            UPDATE {Table} SET state = stuck_in, stuck_in = NULL, attempts = 0, next_at = @Now, updated_at = @Now,
                               step_since = CASE WHEN @forgotten THEN @Now ELSE step_since END
            WHERE id = @id
            """,
            new { id, work.Now, forgotten });
        WakeAfter(work);
        return SagaRetry.GoesOn;
    }, ct);

    /// <summary>How far it is; null when there is no such saga.</summary>
    public Task<SagaView?> FindAsync(Guid id, CancellationToken ct) => database.ReadAsync(
        connection => connection.QuerySingleOrDefaultAsync<SagaView?>(new CommandDefinition(
            $"SELECT id, type, subject, state, step, attempts, error, reason FROM {Table} WHERE id = @id", new { id }, cancellationToken: ct)), ct);

    bool IsCall(Stuck saga)
    {
        if (!types.Names.Contains(saga.Type))
        {
            // Another program's, of which nothing is known here.
            return true;
        }

        using var scope = scopes.CreateScope();
        var steps = types.Make(saga.Type, scope.ServiceProvider).Shape();
        return (saga.Step is null ? steps[0] : steps.FirstOrDefault(s => s.Name == saga.Step)) is { IsCall: true };
    }

    void WakeAfter(UnitOfWork work) => work.AfterCommit(() =>
    {
        wake.Raise();
        return Task.CompletedTask;
    });

    sealed class Stuck
    {
        public string Type { get; init; } = "";
        public string? Step { get; init; }
        public DateTimeOffset Since { get; init; }
    }
}
