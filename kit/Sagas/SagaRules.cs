namespace Hdms.Kit.Sagas;

/// <summary>States of a saga.</summary>
static class SagaState
{
    public const string Running = "running";
    public const string Waiting = "waiting";
    public const string Compensating = "compensating";
    public const string Done = "done";
    public const string Compensated = "compensated";
    public const string Stuck = "stuck";
}

/// <summary>Where a saga goes from here.</summary>
/// <param name="After">From now until it is due.</param>
sealed record SagaChange(string State, string? Step, string Data, TimeSpan After = default)
{
    public bool Tried { get; init; }
    public string? Awaits { get; init; }
    public int Attempts { get; init; }
    public string? Error { get; init; }
    public string? Reason { get; init; }
    public string? StuckIn { get; init; }
    public bool IsFinished => State is SagaState.Done or SagaState.Compensated;
}

/// <summary>
/// Decides where a saga goes after a step: forward while steps succeed; back over what was done, in reverse, once one has
/// failed; nowhere, and to be seen by people, when neither is possible.
/// </summary>
static class SagaRules
{
    public static SagaChange Next(IReadOnlyList<StepShape> steps, SagaRow row, int at, StepOutcome outcome, SagaTimes times) =>
        row.State == SagaState.Compensating ? Back(steps, row, at, outcome, times) : Forth(steps, row, at, outcome, times);

    /// <summary>A step that this program does not know: nobody but people can tell what to do.</summary>
    public static SagaChange Lost(SagaRow row) =>
        Stuck(row, row.State, $"This program knows no step '{row.Step}' of {row.Type}.");

    static SagaChange Forth(IReadOnlyList<StepShape> steps, SagaRow row, int at, StepOutcome outcome, SagaTimes times)
    {
        var step = steps[at];
        var data = outcome.Data ?? row.Data;

        // A unit of work that was not recorded was rolled back; a call may have arrived.
        row = row with { Tried = row.Tried || (row.Begun && step.IsCall) };
        var again = new SagaChange(SagaState.Running, step.Name, data, outcome.After)
        {
            // A Work step that did not end well was rolled back, except before it began to wait.
            Tried = row.Tried || step.IsCall || outcome.End == StepEnd.Wait,
            Attempts = row.Attempts,
            Awaits = row.Awaits,
        };
        switch (outcome.End)
        {
            case StepEnd.Done when at + 1 == steps.Count:
                return new SagaChange(SagaState.Done, step.Name, data);
            case StepEnd.Done:
                return new SagaChange(SagaState.Running, steps[at + 1].Name, data);
            case StepEnd.Wait:
                return again with { State = SagaState.Waiting, Awaits = outcome.Text };
            case StepEnd.Retry:
                return again;
            case StepEnd.Fault when row.Attempts + 1 < times.MostAttempts:
                return again with { Attempts = row.Attempts + 1, After = times.Backoff(row.Attempts), Error = outcome.Text };
            case StepEnd.Fault:
                return GiveUp(steps, row, at, mayHaveActed: row.Tried || step.IsCall, outcome.Text);
            default:
                return GiveUp(steps, row, at, row.Tried, outcome.Text);
        }
    }

    static SagaChange Back(IReadOnlyList<StepShape> steps, SagaRow row, int at, StepOutcome outcome, SagaTimes times)
    {
        var data = outcome.Data ?? row.Data;
        var again = new SagaChange(SagaState.Compensating, steps[at].Name, data, outcome.After)
        {
            Tried = true,
            Attempts = row.Attempts,
            Error = row.Error,
            Reason = row.Reason,
        };
        return outcome.End switch
        {
            StepEnd.Done => Undo(steps, row with { Data = data }, at - 1, row.Reason),
            StepEnd.Retry => again,
            _ when row.Attempts + 1 < times.MostUndoAttempts => again with
            {
                Attempts = row.Attempts + 1, After = times.Backoff(row.Attempts), Error = outcome.Text ?? "a compensation can't wait for a signal",
            },
            _ => Stuck(row, SagaState.Compensating, outcome.Text),
        };
    }

    static SagaChange GiveUp(IReadOnlyList<StepShape> steps, SagaRow row, int at, bool mayHaveActed, string? reason)
    {
        var last = mayHaveActed ? at : at - 1;
        return steps.Take(last + 1).Any(s => s.IsPivot) ? Stuck(row, SagaState.Running, reason) : Undo(steps, row, last, reason);
    }

    static SagaChange Undo(IReadOnlyList<StepShape> steps, SagaRow row, int from, string? reason)
    {
        var at = from;
        while (at >= 0 && !steps[at].HasUndo)
        {
            at--;
        }

        return at < 0
            ? new SagaChange(SagaState.Compensated, row.Step, row.Data) { Reason = reason }
            : new SagaChange(SagaState.Compensating, steps[at].Name, row.Data) { Reason = reason };
    }

    static SagaChange Stuck(SagaRow row, string stuckIn, string? error) => new(SagaState.Stuck, row.Step, row.Data)
    {
        Tried = true,
        Attempts = row.Attempts,
        Awaits = row.Awaits,
        Error = error,
        Reason = row.Reason,
        StuckIn = stuckIn == SagaState.Compensating ? stuckIn : SagaState.Running,
    };
}
