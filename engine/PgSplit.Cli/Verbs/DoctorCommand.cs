using System.CommandLine;
using PgSplit.Diagnosis;
using PgSplit.Pg;
using PgSplit.Planning;

namespace PgSplit.Cli.Verbs;

/// <summary><c>pgsplit doctor</c>: what a person should see to, and how.</summary>
internal static class DoctorCommand
{
    static readonly Option<string?> Database = new("--database") { Description = "Look at one database, without a map", HelpName = "URL" };

    public static Command Create(Terminal terminal)
    {
        var command = SharedOptions.ForMap("doctor", "Look for forgotten moves, WAL kept, breaches, drift, fences and routes that are not what they should be; each with what to do. Ends with 3 where a person is needed. Changes nothing.");
        command.Options.Add(Database);
        Help.Show(command, "pgsplit doctor map.yaml", "pgsplit doctor --database service=monolith", "pgsplit doctor map.yaml --json | jq '.findings[] | select(.severity == \"warning\")'");
        command.SetAction((parsed, ct) => RunAsync(parsed, terminal, ct));
        return command;
    }

    static async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken ct)
    {
        var findings = parsed.GetValue(Database) is { } database
            ? await Doctor.OfDatabaseAsync(PgAddress.Parse(database), ct)
            : await Doctor.OfMapAsync(SharedOptions.Map(parsed), parsed.GetValue(SharedOptions.Service), ct);
        var needed = findings.Count(f => f.Severity != Severity.Note);
        if (parsed.GetValue(SharedOptions.Json))
        {
            await terminal.Out.WriteLineAsync(JsonOutput.Text(new { PersonNeeded = needed > 0, Findings = findings }));
        }
        else
        {
            Findings.Print(findings, terminal.Styled);
            await terminal.Out.WriteLineAsync(needed == 0 ? "All is well." : $"{needed} {(needed == 1 ? "thing needs" : "things need")} somebody.");
        }

        return (int)(needed == 0 ? ExitCode.Done : ExitCode.Refused);
    }
}
