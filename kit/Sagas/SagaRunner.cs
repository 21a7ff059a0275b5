using System.Diagnostics;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Problems;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hdms.Kit.Sagas;

/// <summary>
/// Takes due sagas one step further. A saga is claimed for a lease, by UPDATE and never by an advisory lock; a runner that
/// dies loses it to another when the lease is over. A step of kind <c>Work</c> moves the saga in its own transaction; one of
/// kind <c>Call</c> may be repeated, under the same <c>Idempotency-Key</c>, when the runner died between call and move.
/// </summary>
sealed partial class SagaRunner(
    ServiceDatabase database, SagaTable table, SagaTypes types, SagaTimes times, SagaWake wake, IServiceScopeFactory scopes,
    TimeProvider clock, ILogger<SagaRunner> log) : BackgroundService
{
    /// <summary>A point that a step has come to, at which tests let a runner die.</summary>
    internal Func<SagaPoint, SagaRow, Task> Reached { get; init; } = (_, _) => Task.CompletedTask;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        using var scope = scopes.CreateScope();
        foreach (var type in types.Names)
        {
            // So that a step with a wrong name is found now, and not by the first saga.
            var names = types.Make(type, scope.ServiceProvider).Shape().Select(s => s.Name).ToArray();
            if (names.Length == 0 || names.Distinct(StringComparer.Ordinal).Count() < names.Length)
            {
                throw new InvalidOperationException($"The saga {type} must have steps, each of another name.");
            }
        }

        await base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(Enumerable.Range(0, times.AtOnce).Select(n => WorkAsync(looks: n == 0, stoppingToken)));

    /// <summary>One of the workers; one of them looks by itself, the others come when there is more to do.</summary>
    async Task WorkAsync(bool looks, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            var woken = wake.Next;
            var some = false;
            try
            {
                some = await RunOneAsync(ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                Failed(log, database.Service, DatabaseFaults.WithoutRows(e));
            }

            if (!some)
            {
                await (looks ? Task.WhenAny(woken, Task.Delay(times.Look, clock, ct)) : woken.WaitAsync(ct))
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Takes one saga one step further.</summary>
    /// <returns>False: none is due.</returns>
    internal async Task<bool> RunOneAsync(CancellationToken ct)
    {
        if (await table.ClaimAsync(types.Names, times.Lease, ct) is not { } row)
        {
            return false;
        }

        // There may be another; if there is none, the one who is woken sleeps again.
        wake.Raise();
        using var trace = Trace(row);
        try
        {
            await StepAsync(row, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Not ct: the program ends, and the next one shall not have to wait for the lease.
            await table.ReleaseAsync(row, CancellationToken.None);
            throw;
        }

        wake.Raise();
        return true;
    }

    async Task StepAsync(SagaRow row, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var saga = types.Make(row.Type, scope.ServiceProvider);
        var steps = saga.Shape();
        var at = row.Step is null ? 0 : steps.ToList().FindIndex(s => s.Name == row.Step);
        await Reached(SagaPoint.Claimed, row);
        if (at < 0)
        {
            await AdvanceAsync(row, SagaRules.Lost(row), ct);
        }
        else if (row.State == SagaState.Waiting)
        {
            await AdvanceAsync(row, Next(new StepOutcome(StepEnd.Fail, Text: $"'{row.Awaits}' did not come in time")), ct);
        }
        else if (steps[at].IsCall)
        {
            var outcome = await CallAsync(saga, row, at, ct);
            await Reached(SagaPoint.Acted, row);
            await AdvanceAsync(row, Next(outcome), ct);
        }
        else if (await WorkAsync(saga, row, at, Next, ct) is { } notKept)
        {
            await AdvanceAsync(row, Next(notKept), ct);
        }

        await Reached(SagaPoint.Moved, row);

        SagaChange Next(StepOutcome outcome) => SagaRules.Next(steps, row, at, outcome, times);
    }

    async Task<StepOutcome> CallAsync(Saga saga, SagaRow row, int at, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(times.PerStep, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        try
        {
            return await saga.CallAsync(row, at, row.State == SagaState.Compensating, either.Token);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception e)
        {
            return Understand(row, e);
        }
    }

    /// <summary>Runs a step and moves the saga in one unit of work.</summary>
    /// <returns>An outcome for which the step's writes were rolled back, and that is still to be recorded; null when all is done.</returns>
    async Task<StepOutcome?> WorkAsync(Saga saga, SagaRow row, int at, Func<StepOutcome, SagaChange> next, CancellationToken ct)
    {
        try
        {
            await database.WriteAsync(row.By, async work =>
            {
                var outcome = await saga.WorkAsync(work, row, at, row.State == SagaState.Compensating);
                if (outcome.End is not (StepEnd.Done or StepEnd.Wait))
                {
                    throw new RolledBack(outcome);
                }

                await Reached(SagaPoint.Acted, row);
                if (!await table.AdvanceAsync(work, row, next(outcome)))
                {
                    throw new RolledBack(null);
                }
            }, ct);
            return null;
        }
        catch (RolledBack e)
        {
            if (e.Outcome is null)
            {
                await LoseAsync(row, ct);
            }

            return e.Outcome;
        }
        catch (Exception e) when (e is not (RunnerStopped or Refusal { Code.Status: 503 }) && !ct.IsCancellationRequested)
        {
            return Understand(row, e);
        }
    }

    async Task AdvanceAsync(SagaRow row, SagaChange change, CancellationToken ct)
    {
        if (!await database.WriteAsync(row.By, work => table.AdvanceAsync(work, row, change), ct))
        {
            await LoseAsync(row, ct);
        }
        else if (change.State == SagaState.Stuck)
        {
            Stuck(log, row.Type, row.Subject, row.Step, change.Error);
        }
        else if (change.State == SagaState.Compensating && row.State != SagaState.Compensating)
        {
            Compensated(log, row.Type, row.Subject, row.Step, change.Reason);
        }
    }

    /// <summary>Somebody else took it over, or a signal came just as it timed out; then it is free again at once.</summary>
    Task LoseAsync(SagaRow row, CancellationToken ct)
    {
        Lost(log, row.Type, row.Subject);
        return table.ReleaseAsync(row, ct);
    }

    StepOutcome Understand(SagaRow row, Exception e)
    {
        Faulted(log, row.Type, row.Subject, row.Step, row.Attempts + 1, DatabaseFaults.WithoutRows(e));
        var text = e is OperationCanceledException ? $"it took longer than {times.PerStep.TotalSeconds:0} s" : DatabaseFaults.Describe(e);
        return new StepOutcome(IsNo(e) ? StepEnd.Fail : StepEnd.Fault, Text: text);
    }

    /// <summary>A clear no, which the same question would get again; unlike 401 and 403, which are a fault of the installation.</summary>
    static bool IsNo(Exception e) => e is Refusal { Code.Status: < 500 } or ServiceCallException { IsAway: false, Status: not (401 or 403) };

    /// <summary>The trace of the request that started the saga, so that the calls of its steps are found under it.</summary>
    static Activity Trace(SagaRow row)
    {
        var trace = new Activity($"saga {row.Type}");
        if (row.CorrelationId is { Length: 32 } id && id.All(char.IsAsciiHexDigitLower))
        {
            trace.SetParentId(ActivityTraceId.CreateFromString(id), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded);
        }

        return trace.Start();
    }

    sealed class RolledBack(StepOutcome? outcome) : Exception
    {
        public StepOutcome? Outcome { get; } = outcome;
    }

    [LoggerMessage(230, LogLevel.Warning, "{Service}: the saga runner failed; it goes on")]
    static partial void Failed(ILogger logger, string service, Exception e);

    [LoggerMessage(231, LogLevel.Warning, "Saga {Type} of {Subject}: try {Attempt} of step {Step} failed")]
    static partial void Faulted(ILogger logger, string type, string subject, string? step, int attempt, Exception e);

    [LoggerMessage(232, LogLevel.Warning, "Saga {Type} of {Subject} is undone from step {Step} on: {Reason}")]
    static partial void Compensated(ILogger logger, string type, string subject, string? step, string? reason);

    [LoggerMessage(233, LogLevel.Error, "Saga {Type} of {Subject} is stuck at step {Step}: {Error}. See hdms doctor")]
    static partial void Stuck(ILogger logger, string type, string subject, string? step, string? error);

    [LoggerMessage(234, LogLevel.Information, "Saga {Type} of {Subject} was moved by another runner meanwhile")]
    static partial void Lost(ILogger logger, string type, string subject);
}

/// <summary>Points of a step at which a process may die.</summary>
enum SagaPoint
{
    /// <summary>Claimed, nothing done.</summary>
    Claimed,

    /// <summary>Done, but the saga has not moved; for <c>Work</c>, inside the transaction.</summary>
    Acted,

    /// <summary>Done, and the saga has moved.</summary>
    Moved,
}

/// <summary>Thrown at a point by a test: nothing more is recorded, as if the process had died.</summary>
sealed class RunnerStopped : Exception;
