using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Hdms.Cli.Commands;

/// <summary>The library's help, and after that of the program as a whole: the launcher's own verbs, examples, exit codes.</summary>
internal sealed class Help(HelpAction usual) : SynchronousCommandLineAction
{
    static readonly Dictionary<Command, string[]> Examples = [];

    /// <summary>Lines to copy, shown after the command's own help.</summary>
    public static void Show(Command command, params string[] examples) => Examples[command] = examples;

    public static void Extend(RootCommand root)
    {
        var option = root.Options.OfType<HelpOption>().Single();
        option.Action = new Help((HelpAction)option.Action!);
    }

    public override int Invoke(ParseResult parseResult)
    {
        var result = usual.Invoke(parseResult);
        if (parseResult.CommandResult.Command is RootCommand)
            parseResult.InvocationConfiguration.Output.WriteLine(More);
        else if (Examples.TryGetValue(parseResult.CommandResult.Command, out var examples))
            parseResult.InvocationConfiguration.Output.WriteLine($"Examples:\n{string.Join('\n', examples.Select(e => $"  {e}"))}\n");
        return result;
    }

    static string More =>
        $"""
         Of ./hdms itself:
           test [name|all]      Run the tests; all includes the long ones
           bench                Run the benchmarks
           fmt                  Put the code into the house's form

         Examples:
           ./hdms up                                  everything, on http://localhost:8080, with a demo organisation
           ./hdms up --data /srv/hdms --port 9000 --empty
           ./hdms psql users -- -c 'SELECT count(*) FROM users'
           ./hdms psql report -- -c 'SELECT * FROM departments'
           ./hdms events rebuild --check
           ./hdms backup && ./hdms backup list
           ./hdms backup verify NAME
           ./hdms migrate start tickets && ./hdms migrate verify tickets && ./hdms migrate switch tickets
           HDMS_DATABASE=db.example.org:5432/hdms_db ./hdms serve users

         Settings: hdms.yaml beside the data directory, or HDMS_... in the environment, which wins.

         Exit codes:
         {string.Join('\n', ExitCode.All.Select(c => $"  {c.Code,-4} {c.Meaning}"))}
         """;
}
