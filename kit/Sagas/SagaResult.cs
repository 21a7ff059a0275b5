namespace Hdms.Kit.Sagas;

/// <summary>What a step came to; made by its <see cref="SagaContext{TData}"/>.</summary>
public sealed record SagaResult<TData>
{
    internal SagaResult(StepEnd end, TData data, TimeSpan after = default, string? text = null)
    {
        End = end;
        Data = data;
        After = after;
        Text = text;
    }

    internal StepEnd End { get; }

    internal TData Data { get; }

    internal TimeSpan After { get; }

    /// <summary>The signal waited for, or the reason of failing.</summary>
    internal string? Text { get; }
}

enum StepEnd
{
    /// <summary>On to the next.</summary>
    Done,

    /// <summary>The step is run again when the signal has come; a time limit fails it.</summary>
    Wait,

    /// <summary>The step asked to be run again later.</summary>
    Retry,

    /// <summary>No: what was done so far is undone.</summary>
    Fail,

    /// <summary>An exception: tried again, some times.</summary>
    Fault,
}

/// <summary>The same without the data's type, as the runner sees it.</summary>
/// <param name="Data">JSON; null when it has not changed.</param>
sealed record StepOutcome(StepEnd End, string? Data = null, TimeSpan After = default, string? Text = null);
