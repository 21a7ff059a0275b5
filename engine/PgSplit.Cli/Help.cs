using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace PgSplit.Cli;

/// <summary>The library's help, and after it examples: of a command its own, of the program as a whole the exit codes, too.</summary>
internal sealed class Help(HelpAction usual) : SynchronousCommandLineAction
{
    static readonly Dictionary<string, string[]> Examples = new(StringComparer.Ordinal);

    static readonly (ExitCode Code, string Meaning)[] Codes =
    [
        (ExitCode.Done, "done"),
        (ExitCode.Failed, "failed for a reason that nobody foresaw; the message says what"),
        (ExitCode.BadInput, "the command line, the map or a file to load is wrong; nothing was done"),
        (ExitCode.Refused, "plan found a blocker, or a precondition is not met; nothing was changed"),
        (ExitCode.Differences, "both sides differ"),
        (ExitCode.Broken, "the move can't go on by itself"),
        (ExitCode.Unreachable, "a server could not be reached"),
        (ExitCode.Interrupted, "interrupted (Ctrl-C, SIGTERM); the move can be resumed"),
    ];

    public static void Extend(RootCommand root)
    {
        var option = root.Options.OfType<HelpOption>().Single();
        option.Action = new Help((HelpAction)option.Action!);
    }

    /// <summary>Examples of a command, a line each.</summary>
    public static void Show(Command command, params string[] examples) => Examples[command.Name] = examples;

    public override int Invoke(ParseResult parseResult)
    {
        var result = usual.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        var command = parseResult.CommandResult.Command;
        var examples = command is RootCommand ? Examples.OrderBy(e => e.Key, StringComparer.Ordinal).SelectMany(e => e.Value.Take(1)) : Examples.GetValueOrDefault(command.Name) ?? [];
        output.WriteLine("Examples:");
        foreach (var example in examples)
            output.WriteLine($"  {example}");
        if (command is not RootCommand)
            return result;
        output.WriteLine();
        output.WriteLine("Addresses: postgres://user@host:5432/database, service=NAME or env:NAME; passwords from PGPASSFILE or ~/.pgpass.");
        output.WriteLine();
        output.WriteLine("Exit codes:");
        foreach (var (code, meaning) in Codes)
            output.WriteLine($"  {(int)code,-4} {meaning}");
        return result;
    }
}
