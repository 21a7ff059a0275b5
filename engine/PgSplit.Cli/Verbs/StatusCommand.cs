using System.CommandLine;
using PgSplit.Control;
using Spectre.Console;

namespace PgSplit.Cli.Verbs;

/// <summary><c>pgsplit status</c>: where moves stand, from any terminal; needs no process to run.</summary>
internal static class StatusCommand
{
    static readonly Option<bool> Watch = new("--watch") { Description = "Again every two seconds, until Ctrl-C" };

    public static Command Create(Terminal terminal)
    {
        var command = SharedOptions.ForMap("status", "Where moves stand: state, lag, WAL kept, verification, way back. Changes nothing.");
        command.Options.Add(Watch);
        Help.Show(command, "pgsplit status map.yaml", "pgsplit status map.yaml tickets --watch", "pgsplit status map.yaml --json | jq '.moves[].state'");
        command.SetAction((parsed, ct) => RunAsync(parsed, terminal, ct));
        return command;
    }

    static async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken ct)
    {
        var map = SharedOptions.Map(parsed);
        List<MoveDefinition> moves = parsed.GetValue(SharedOptions.Service) is { } one ? [map.Service(one)] : [.. map.Services.Select(s => s.Move)];
        while (true)
        {
            var all = new List<(MoveDefinition Move, MoveStatus? Status)>();
            foreach (var move in moves)
                all.Add((move, await StatusReader.ReadAsync(move, ct)));
            if (parsed.GetValue(SharedOptions.Json))
                await terminal.Out.WriteLineAsync(JsonOutput.Text(new { Moves = all.Select(a => a.Status is { } s ? s with { State = JsonOutput.Name(s.State) } : (object)new { Move = a.Move.Id, State = "none" }) }));
            else
                Print(all, terminal, clear: parsed.GetValue(Watch) && terminal.IsLive);
            if (!parsed.GetValue(Watch))
                return (int)ExitCode.Done;
            try
            {
                await Task.Delay(TimeSpan.FromSeconds(2), ct);
            }
            catch (OperationCanceledException)
            {
                return (int)ExitCode.Done;
            }
        }
    }

    static void Print(List<(MoveDefinition Move, MoveStatus? Status)> all, Terminal terminal, bool clear)
    {
        if (clear)
            terminal.Out.Write("\e[H\e[2J");
        foreach (var (move, status) in all)
        {
            if (status is null)
                terminal.Styled.MarkupLineInterpolated($"[bold]{move.Id}[/]  no move yet: pgsplit start");
            else
                Print(status, terminal.Styled);
        }
    }

    static void Print(MoveStatus s, IAnsiConsole console)
    {
        var state = JsonOutput.Name(s.State);
        console.MarkupLineInterpolated($"[bold]{s.Move}[/]  [{(s.State is nameof(MoveState.Broken) or nameof(MoveState.Paused) ? "red" : "green")}]{state}[/], writes at the {s.WritesAt}, epoch {s.Epoch}");
        if (s.Reason is not null)
            Line("reason", s.Reason);
        Line("from, to", $"{s.Source} → {s.Target}");
        var copied = s.Tables.Where(t => t.Copied).ToList();
        Line("tables", $"{copied.Count} of {s.Tables.Count} copied, {Human.Count(s.Tables.Sum(t => t.CopiedRows))} rows, {Human.Size(s.Tables.Sum(t => t.CopiedBytes))} of {Human.Size(s.Tables.Sum(t => t.Copied ? t.CopiedBytes : Math.Max(t.Bytes, t.CopiedBytes)))}");
        Line("there", Stream(s.Forward));
        Line("back", Stream(s.Back));
        var since = s.Verification.Touched > 0 ? $", {Human.Count(s.Verification.Touched)} keys written since" : "";
        Line("verified", s.Verification.State switch
        {
            "failed" => $"failed: {Human.Count(s.Verification.Differences)} rows differ",
            "unverified" => "no",
            var known => $"{known}, {Human.Count(s.Verification.Rows)} rows at {s.Verification.At:u}{since}",
        });
        Line("way back", s.WayBack);
        Line("guard", s.Guard);
        if (s.Breaches > 0)
            Line("breaches", $"{s.Breaches}: pgsplit doctor lists them");
        Line("process", s.Process ?? "none: nothing is followed (pgsplit run)");
        if (s.Doing is not null)
            Line("doing", s.Doing);

        void Line(string what, string how) => console.MarkupLineInterpolated($"  [grey]{what,-10}[/]{how}");
    }

    static string Stream(StreamStatus? stream) => stream is null
        ? "none"
        : $"{(stream.Active ? "running" : "not running")}, {Human.Size(stream.LagBytes)} behind, keeps {Human.Size(stream.KeptBytes)} of WAL{(stream.WalStatus is "reserved" or "extended" ? "" : $" ({stream.WalStatus})")}";
}
