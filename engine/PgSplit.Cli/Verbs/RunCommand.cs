using System.CommandLine;
using PgSplit.Control;

namespace PgSplit.Cli.Verbs;

/// <summary><c>pgsplit run</c>: hosts the streams of moves that have begun, for a service manager.</summary>
internal static class RunCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = SharedOptions.ForMap("run", "Host the streams of one service, or of all whose move has begun, until Ctrl-C or until the moves are over. A second one waits to take over.");
        Help.Show(command, "pgsplit run map.yaml", "pgsplit run map.yaml tickets");
        command.SetAction((parsed, ct) => RunAsync(parsed, terminal, ct));
        return command;
    }

    static async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken ct)
    {
        var map = SharedOptions.Map(parsed);
        var moves = new List<MoveDefinition>();
        foreach (var move in parsed.GetValue(SharedOptions.Service) is { } one ? [map.Service(one)] : map.Services.Select(s => s.Move))
        {
            if (await StatusReader.ReadAsync(move, ct) is { State: not (nameof(MoveState.Completed) or nameof(MoveState.Cancelled)) })
                moves.Add(move);
        }

        if (moves.Count == 0)
            throw new PgSplitException(ExitCode.Refused, "no move of this map has begun, or all are over", "pgsplit start");
        using var progress = terminal.Progress();
        // One that fails ends all: a service manager starts them again.
        using var together = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await Task.WhenAll(moves.Select(async move =>
        {
            try
            {
                await MoveHost.RunAsync(move, progress, progress.Say, together.Token);
            }
            catch
            {
                await together.CancelAsync();
                throw;
            }
        }));
        return (int)ExitCode.Done;
    }
}
