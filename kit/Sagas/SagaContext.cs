using System.Text.Json;
using Hdms.Contracts;
using Hdms.Kit.Http;

namespace Hdms.Kit.Sagas;

/// <summary>What a step is given, and by which it says what came of it.</summary>
public sealed class SagaContext<TData>
{
    readonly JsonElement _signals;

    internal SagaContext(SagaRow row, TData data, string step, bool undo)
    {
        Id = row.Id;
        Subject = row.Subject;
        Data = data;
        Attempt = row.Attempts + 1;
        By = row.By;
        Key = $"{row.Id:N}.{step}.{(undo ? "undo" : "do")}";
        _signals = JsonSerializer.Deserialize<JsonElement>(row.Signals);
    }

    public Guid Id { get; }

    /// <summary>What the saga is about, as a user's id.</summary>
    public string Subject { get; }

    public TData Data { get; }

    /// <summary>
    /// The <c>Idempotency-Key</c> for the step's call: the same whenever the step is run, another for its compensation. A step
    /// with several calls adds to it. The other service knows it for 30 days.
    /// </summary>
    public string Key { get; }

    /// <summary>From 1; rises with each fault of this step.</summary>
    public int Attempt { get; }

    /// <summary>Who started the saga, in whose name it goes on.</summary>
    public Caller By { get; }

    /// <summary>The payload of a signal that has come, now or before anybody waited for it; null when it has not.</summary>
    public T? Signal<T>(string name) where T : class =>
        _signals.TryGetProperty(name, out var payload) ? payload.Deserialize<T>(Json.Tolerant) : null;

    /// <summary>Whether a signal has come.</summary>
    public bool HasSignal(string name) => _signals.TryGetProperty(name, out _);

    public SagaResult<TData> Done() => Done(Data);

    /// <param name="data">The saga's data from here on.</param>
    public SagaResult<TData> Done(TData data) => new(StepEnd.Done, data);

    /// <summary>Runs the step again when the signal has come. What a <c>Work</c> step wrote is kept.</summary>
    /// <param name="timeout">After which the step has failed.</param>
    public SagaResult<TData> Wait(string signal, TimeSpan timeout) => new(StepEnd.Wait, Data, timeout, signal);

    /// <summary>Runs the step again later, as often as it says so. What a <c>Work</c> step wrote is not kept.</summary>
    public SagaResult<TData> Retry(TimeSpan after) => new(StepEnd.Retry, Data, after);

    /// <summary>It can't be done: everything before is undone, in reverse. The step itself must have had no effect.</summary>
    public SagaResult<TData> Fail(string reason) => new(StepEnd.Fail, Data, default, reason);
}
