using System.CommandLine;
using PgSplit.Control;
using PgSplit.Planning;

namespace PgSplit.Cli;

/// <summary>What the verbs that steer a move have in common: done here or by the process that has the move, with progress either way.</summary>
internal static class Steering
{
    static readonly VerbArguments Nothing = new();

    public static Task<Steered> RunAsync(ParseResult parsed, Terminal terminal, string verb, CancellationToken ct) => RunAsync(parsed, terminal, verb, Nothing, ct);

    /// <param name="follow">Stay and host the streams afterwards, if it was done here.</param>
    public static async Task<Steered> RunAsync(ParseResult parsed, Terminal terminal, string verb, VerbArguments arguments, CancellationToken ct, bool follow = false)
    {
        var move = SharedOptions.Move(parsed);
        if (parsed.GetValue(SharedOptions.Json))
            return await Steer.RunAsync(move, verb, arguments, null, null, ct, follow);
        using var progress = terminal.Progress();
        return await Steer.RunAsync(move, verb, arguments, progress, progress.Say, ct, follow);
    }

    /// <summary>The answer, as JSON or as a sentence for people.</summary>
    public static async Task<int> TellAsync<T>(ParseResult parsed, Terminal terminal, T answer, string sentence)
    {
        await terminal.Out.WriteLineAsync(parsed.GetValue(SharedOptions.Json) ? JsonOutput.Text(answer) : sentence);
        return (int)ExitCode.Done;
    }

    /// <summary>The answer of verbs that have none but where the move is now.</summary>
    public static async Task<int> TellStateAsync(ParseResult parsed, Terminal terminal, Steered done)
    {
        var move = SharedOptions.Move(parsed);
        var status = await StatusReader.ReadAsync(move, CancellationToken.None);
        var state = JsonOutput.Name(status?.State ?? "none");
        await TellAsync(parsed, terminal, new { Move = move.Id, State = state, WritesAt = status?.WritesAt }, status is null ? $"{move.Id}: no move" : $"{move.Id}: {state}, writes at the {status.WritesAt}");
        return Remind(parsed, terminal, done, status);
    }

    /// <summary>Streams that nobody runs make the servers keep WAL: said whenever this process was the one that ran them.</summary>
    public static async Task<int> RemindAsync(ParseResult parsed, Terminal terminal, Steered done) =>
        Remind(parsed, terminal, done, done.Here ? await StatusReader.ReadAsync(SharedOptions.Move(parsed), CancellationToken.None) : null);

    /// <summary>Refuses what plan refuses, before anything is made. A move that has begun is not asked again.</summary>
    public static async Task EnsurePlanAsync(ParseResult parsed, CancellationToken ct)
    {
        if (parsed.GetValue(SharedOptions.SkipPlan))
            return;
        var map = SharedOptions.Map(parsed);
        var move = SharedOptions.Move(parsed);
        if (await StatusReader.ReadAsync(move, ct) is { State: not (nameof(MoveState.Completed) or nameof(MoveState.Cancelled)) })
            return;
        var report = await Plan.RunAsync(map, move.Id, ct);
        if (!report.IsBlocked)
            return;
        var blockers = report.Findings.Where(f => f.Severity == Severity.Blocker).Select(f => $"{f.Object}: {f.Why} ({f.Code})").ToList();
        throw new PgSplitException(ExitCode.Refused, $"plan refuses the move {move.Id}:\n{string.Join('\n', blockers)}", $"pgsplit plan {map.Path} {move.Id} tells what to do");
    }

    static int Remind(ParseResult parsed, Terminal terminal, Steered done, MoveStatus? status)
    {
        if (done.Here && !parsed.GetValue(SharedOptions.Json) && status is { Process: null, State: not (nameof(MoveState.Completed) or nameof(MoveState.Cancelled)) })
            terminal.Error.WriteLine($"note: nobody follows the changes of {status.Move} now, and the servers keep their WAL: pgsplit run {parsed.GetValue(SharedOptions.MapFile)} {status.Move}");
        return (int)ExitCode.Done;
    }
}
