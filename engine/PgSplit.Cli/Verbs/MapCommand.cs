using System.CommandLine;
using PgSplit.Mapping;
using PgSplit.Pg;

namespace PgSplit.Cli.Verbs;

/// <summary><c>pgsplit map</c>: a first draft of a map, or the schema of maps.</summary>
internal static class MapCommand
{
    static readonly Option<string?> From = new("--from") { Description = "The database to divide", HelpName = "URL" };

    static readonly Option<bool> Schema = new("--schema") { Description = "Print the JSON Schema of maps, for editors" };

    public static Command Create(Terminal terminal)
    {
        var command = new Command("map", "Propose a map: services from foreign keys, names, views and the statements seen.") { From, Schema };
        Help.Show(command, "pgsplit map --from postgres://me@db.example.org/monolith > map.yaml", "pgsplit map --from service=monolith > map.yaml", "pgsplit map --schema > map.schema.json");
        command.SetAction((parsed, ct) => RunAsync(parsed, terminal, ct));
        return command;
    }

    static async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken ct)
    {
        if (parsed.GetValue(Schema))
        {
            await terminal.Out.WriteAsync(MapSchema.Text);
            return (int)ExitCode.Done;
        }

        var from = parsed.GetValue(From)
            ?? throw new PgSplitException(ExitCode.BadInput, "map needs --from, the database to divide", "pgsplit map --from postgres://user@host/database > map.yaml");
        var yaml = await MapProposal.WriteAsync(PgAddress.Parse(from), ct);
        if (parsed.GetValue(SharedOptions.Json))
            await terminal.Out.WriteLineAsync(JsonOutput.Text(new { Map = yaml }));
        else
            await terminal.Out.WriteAsync(yaml);
        return (int)ExitCode.Done;
    }
}
