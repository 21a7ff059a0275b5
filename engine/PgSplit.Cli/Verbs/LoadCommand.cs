using System.CommandLine;
using System.Text;
using PgSplit.Load;
using PgSplit.Mapping;
using PgSplit.Pg;

namespace PgSplit.Cli.Verbs;

/// <summary><c>pgsplit load</c>: makes a source database of a dump, of dumpdata or of CSV files.</summary>
internal static class LoadCommand
{
    static readonly Option<string> From = new("--from") { Description = "A dump of pg_dump, JSON of Django's dumpdata, or a folder of CSV files", HelpName = "FILE|FOLDER", Required = true };

    static readonly Option<string> Into = new("--into") { Description = "The database that it is loaded into: there, and without rows", HelpName = "URL", Required = true };

    static readonly Option<string?> Schema = new("--schema") { Description = "SQL that makes the tables, run first; without it types are told by the values", HelpName = "FILE" };

    static readonly Option<SourceFormat?> Format = new("--format") { Description = "What the file is, where it can't be told by looking" };

    static readonly Option<string> Rejects = new("--rejects") { Description = "Where rejected rows are written, with reasons", HelpName = "FILE", DefaultValueFactory = _ => "pgsplit-rejects.jsonl" };

    static readonly Option<long> AcceptRejects = new("--accept-rejects") { Description = "Load all the same if at most so many rows are rejected", HelpName = "N" };

    static readonly Option<string[]> Ignore = new("--ignore") { Description = "A table or model not to be loaded, * and ? allowed; may be given again", HelpName = "NAME" };

    static readonly Option<string[]> Table = new("--table") { Description = "The table of a model that is not app_model; may be given again", HelpName = "MODEL=TABLE" };

    static readonly Option<string> Null = new("--null") { Description = "CSV: what stands for NULL, unquoted", HelpName = "TEXT", DefaultValueFactory = _ => "" };

    static readonly Option<string> Delimiter = new("--delimiter") { Description = "CSV: what divides fields, one character or \\t", HelpName = "CHAR", DefaultValueFactory = _ => "," };

    static readonly Option<string> EncodingName = new("--encoding") { Description = "CSV: the files' encoding", HelpName = "NAME", DefaultValueFactory = _ => "utf-8" };

    public static Command Create(Terminal terminal)
    {
        var command = new Command("load", "Make a source database of a file: a dump of pg_dump, Django's dumpdata, or a folder of CSV. All of it or nothing.")
        {
            From, Into, Schema, Format, Rejects, AcceptRejects, Ignore, Table, Null, Delimiter, EncodingName,
        };
        Help.Show(command,
            "pgsplit load --from shop.dump --into postgres://me@localhost/shop_staging",
            "pgsplit load --from data.json --schema schema.sql --ignore 'auth_*' --into postgres://me@localhost/staging",
            "pgsplit load --from export/ --null '\\N' --delimiter ';' --encoding windows-1252 --into service=staging",
            "pgsplit load --from data.json --into env:STAGING --json | jq .rejected");
        command.SetAction((parsed, ct) => RunAsync(parsed, terminal, ct));
        return command;
    }

    static async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken ct)
    {
        var options = Options(parsed);
        var asJson = parsed.GetValue(SharedOptions.Json);
        LoadReport report;
        using (var progress = asJson ? null : terminal.Progress())
            report = await Loading.RunAsync(options, progress, ct);
        if (asJson)
            await terminal.Out.WriteLineAsync(JsonOutput.Text(new { report.Format, Into = options.Into.Stored, report.Rows, report.Rejected, report.RejectFile, report.Ignored, report.Elapsed, report.Tables }));
        else
            await PrintAsync(report, options, terminal.Out);
        return (int)ExitCode.Done;
    }

    static LoadOptions Options(ParseResult parsed)
    {
        var tables = new Dictionary<string, QualifiedName>(StringComparer.Ordinal);
        foreach (var given in parsed.GetValue(Table) ?? [])
        {
            if (given.Split('=', 2) is not [var model, var table] || !TableName.TryParse(table, out var name))
                throw Bad($"--table {given} is not MODEL=TABLE", "--table crm.deal=legacy_deals");
            tables[model] = name;
        }

        return new LoadOptions
        {
            From = parsed.GetValue(From)!,
            Into = PgAddress.Parse(parsed.GetValue(Into)!),
            Schema = parsed.GetValue(Schema),
            Format = parsed.GetValue(Format),
            Rejects = parsed.GetValue(Rejects)!,
            AcceptRejects = parsed.GetValue(AcceptRejects),
            Ignore = [.. (parsed.GetValue(Ignore) ?? []).Select((i, n) => new TablePattern(i, n))],
            Tables = tables,
            Null = parsed.GetValue(Null)!,
            Delimiter = parsed.GetValue(Delimiter) switch { @"\t" => '\t', [not ('"' or '\n' or '\r')] one => one[0], var other => throw Bad($"--delimiter {other} is not one character", "--delimiter ';'") },
            Encoding = EncodingOf(parsed.GetValue(EncodingName)!),
        };
    }

    static Encoding EncodingOf(string name)
    {
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
        }
        catch (ArgumentException e)
        {
            throw new PgSplitException(ExitCode.BadInput, $"there is no encoding {name}", "utf-8, latin1, windows-1252, …", e);
        }
    }

    static async Task PrintAsync(LoadReport report, LoadOptions options, TextWriter output)
    {
        var width = report.Tables.Select(t => t.Table.ToString().Length).DefaultIfEmpty().Max();
        foreach (var table in report.Tables)
            await output.WriteLineAsync($"  {table.Table.ToString().PadRight(width)}  {Human.Count(table.Rows),14} rows{(table.Rejected > 0 ? $"  {Human.Count(table.Rejected)} rejected" : "")}");
        await output.WriteLineAsync($"{Human.Count(report.Rows)} rows of {report.Tables.Count} tables are in {options.Into.Route}{(report.Ignored > 0 ? $"; {Human.Count(report.Ignored)} were ignored" : "")}");
        if (report.RejectFile is { } file)
            await output.WriteLineAsync($"{Human.Count(report.Rejected)} rows were rejected and are not loaded: {file} lists them with reasons");
        await output.WriteLineAsync($"next: pgsplit map --from {options.Into.Stored} > map.yaml");
    }

    static PgSplitException Bad(string what, string remedy) => new(ExitCode.BadInput, what, remedy);
}
