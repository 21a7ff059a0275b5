using System.CommandLine;
using PgSplit.Control;
using PgSplit.Fencing;
using PgSplit.Mapping;
using PgSplit.Pg;

namespace PgSplit.Cli.Verbs;

/// <summary><c>pgsplit ddl allow</c>: lets one statement past the guard.</summary>
internal static class DdlCommand
{
    static readonly Option<string> For = new("--for") { Description = "How long it waits for the statement", HelpName = "DURATION", DefaultValueFactory = _ => "10m" };

    public static Command Create(Terminal terminal)
    {
        var allow = SharedOptions.ForMap("allow", "Let the next statement through, once on each side, that changes a moving table's schema.");
        allow.Options.Add(For);
        Help.Show(allow, "pgsplit ddl allow map.yaml tickets --for 10m");
        allow.SetAction((parsed, ct) => AllowAsync(parsed, terminal, ct));
        return new Command("ddl", "Changes of schema while a move is open.") { allow };
    }

    static async Task<int> AllowAsync(ParseResult parsed, Terminal terminal, CancellationToken ct)
    {
        var text = parsed.GetValue(For)!;
        // Minutes are 'min' in a map; here nobody means metres.
        if (!Units.TryDuration(text.EndsWith('m') ? text + "in" : text, out var within))
            throw new PgSplitException(ExitCode.BadInput, $"'{text}' is no duration", "write 10m, 90s or 1h");
        var move = SharedOptions.Move(parsed);
        if (await StatusReader.ReadAsync(move, ct) is null)
            throw new PgSplitException(ExitCode.Refused, $"there is no move {move.Id}", "nothing guards these tables: change them as you like");
        foreach (var address in new[] { move.Source, move.Target })
        {
            await using var session = await new PgServer(address).OpenAsync("ddl allow", ct);
            await Guard.AllowAsync(session, move.Id, within, ct);
        }

        return await Steering.TellAsync(
            parsed, terminal, new { Move = move.Id, Within = within, Source = move.Source.Route, Target = move.Target.Route },
            $"{move.Id}: one statement is let through on each side within {Human.Duration(within)}; make the same change on both, then `pgsplit resume`");
    }
}
