using System.Text.Json;
using System.Text.RegularExpressions;
using Hdms.Contracts;
using Hdms.Kit.Database;

namespace Hdms.Kit.Sagas;

/// <summary>
/// A process over several services: named steps, each done once or undone, whatever dies in between (DESIGN section 7). Made
/// anew for each step, from the container. Steps are found by name, so they may be added to while sagas run; one that is
/// renamed or removed leaves the sagas that stand at it stuck.
/// </summary>
/// <typeparam name="TData">A record; kept as JSON.</typeparam>
/// <example><code>
/// sealed class DeleteDepartment(TicketsClient tickets) : Saga&lt;DeleteDepartment.Data&gt;
/// {
///     public const string Type = "delete_department";
///     public sealed record Data(Guid DepartmentId);
///
///     public override IReadOnlyList&lt;SagaStep&lt;Data&gt;&gt; Steps =>
///     [
///         Work("close", Close, undo: Reopen),
///         Call("count_open", async (saga, ct) =>
///             await tickets.OpenInAsync(saga.Data.DepartmentId, ct) == 0 ? saga.Done() : saga.Fail("tickets are open")),
///         Work("delete", Delete),
///     ];
/// }
/// </code></example>
public abstract class Saga<TData> : Saga
    where TData : class
{
    public abstract IReadOnlyList<SagaStep<TData>> Steps { get; }

    /// <summary>A step outside any transaction, which calls another service under <see cref="SagaContext{TData}.Key"/>.</summary>
    /// <param name="run">May be run again when its outcome is not known; the key keeps the effect one.</param>
    /// <param name="undo">Must do no harm when <paramref name="run"/> had no effect, for that may not be known.</param>
    /// <param name="pivot">Once it is done, there is no way back: later steps are tried until they succeed, or the saga is stuck.</param>
    protected static SagaStep<TData> Call(
        string name,
        Func<SagaContext<TData>, CancellationToken, Task<SagaResult<TData>>> run,
        Func<SagaContext<TData>, CancellationToken, Task<SagaResult<TData>>>? undo = null,
        bool pivot = false) => new(name, pivot, run, undo, null, null);

    /// <summary>A step in a unit of work, in which the saga itself moves on, too; so it happens exactly once.</summary>
    /// <param name="run">No HTTP in it, as in every unit of work.</param>
    /// <param name="pivot">Once it is done, there is no way back.</param>
    protected static SagaStep<TData> Work(
        string name,
        Func<UnitOfWork, SagaContext<TData>, Task<SagaResult<TData>>> run,
        Func<UnitOfWork, SagaContext<TData>, Task<SagaResult<TData>>>? undo = null,
        bool pivot = false) => new(name, pivot, null, null, run, undo);

    internal override IReadOnlyList<StepShape> Shape() =>
        [.. Steps.Select(s => new StepShape(s.Name, s.CallDo is not null, s.CallUndo is not null || s.WorkUndo is not null, s.Pivot))];

    internal override async Task<StepOutcome> CallAsync(SagaRow row, int at, bool undo, CancellationToken ct)
    {
        var step = Steps[at];
        return Outcome(row, await (undo ? step.CallUndo! : step.CallDo!)(Context(row, step, undo), ct));
    }

    internal override async Task<StepOutcome> WorkAsync(UnitOfWork work, SagaRow row, int at, bool undo)
    {
        var step = Steps[at];
        return Outcome(row, await (undo ? step.WorkUndo! : step.WorkDo!)(work, Context(row, step, undo)));
    }

    static SagaContext<TData> Context(SagaRow row, SagaStep<TData> step, bool undo) =>
        new(row, JsonSerializer.Deserialize<TData>(row.Data, Json.Tolerant)!, step.Name, undo);

    static StepOutcome Outcome(SagaRow row, SagaResult<TData> result)
    {
        var data = JsonSerializer.Serialize(result.Data, Json.Tolerant);
        return new StepOutcome(result.End, data == row.Data ? null : data, result.After, result.Text);
    }
}

/// <summary>A saga, whatever its data; derive from <see cref="Saga{TData}"/>.</summary>
public abstract class Saga
{
    private protected Saga()
    {
    }

    internal abstract IReadOnlyList<StepShape> Shape();

    internal abstract Task<StepOutcome> CallAsync(SagaRow row, int at, bool undo, CancellationToken ct);

    internal abstract Task<StepOutcome> WorkAsync(UnitOfWork work, SagaRow row, int at, bool undo);
}

/// <summary>A named step of a saga; made by <see cref="Saga{TData}"/>.</summary>
public sealed partial class SagaStep<TData>
{
    internal SagaStep(
        string name,
        bool pivot,
        Func<SagaContext<TData>, CancellationToken, Task<SagaResult<TData>>>? callDo,
        Func<SagaContext<TData>, CancellationToken, Task<SagaResult<TData>>>? callUndo,
        Func<UnitOfWork, SagaContext<TData>, Task<SagaResult<TData>>>? workDo,
        Func<UnitOfWork, SagaContext<TData>, Task<SagaResult<TData>>>? workUndo)
    {
        // It goes into the database and, as part of an Idempotency-Key, into a header.
        Name = Allowed().IsMatch(name) ? name : throw new ArgumentException($"'{name}' is no name of a step; write it_like_this.", nameof(name));
        Pivot = pivot;
        CallDo = callDo;
        CallUndo = callUndo;
        WorkDo = workDo;
        WorkUndo = workUndo;
    }

    public string Name { get; }

    internal bool Pivot { get; }

    internal Func<SagaContext<TData>, CancellationToken, Task<SagaResult<TData>>>? CallDo { get; }

    internal Func<SagaContext<TData>, CancellationToken, Task<SagaResult<TData>>>? CallUndo { get; }

    internal Func<UnitOfWork, SagaContext<TData>, Task<SagaResult<TData>>>? WorkDo { get; }

    internal Func<UnitOfWork, SagaContext<TData>, Task<SagaResult<TData>>>? WorkUndo { get; }

    [GeneratedRegex("^[a-z][a-z0-9_]{0,59}$", RegexOptions.None, 1000)]
    private static partial Regex Allowed();
}

/// <summary>What the rules need to know of a step.</summary>
sealed record StepShape(string Name, bool IsCall, bool HasUndo, bool IsPivot);
