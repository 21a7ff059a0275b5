using System.CommandLine;
using System.CommandLine.Parsing;
using Npgsql;
using PgSplit.Cli.Verbs;

namespace PgSplit.Cli;

/// <summary>All of the program but its process: what it is given, where it writes, when it is to stop.</summary>
internal static class CommandLine
{
    public static async Task<ExitCode> RunAsync(IReadOnlyList<string> args, Terminal terminal, CancellationToken ct)
    {
        var root = new RootCommand("Moves tables between PostgreSQL databases while both are in use.")
        {
            LoadCommand.Create(terminal),
            MapCommand.Create(terminal),
            PlanCommand.Create(terminal),
            PrepareCommand.Create(terminal),
            CopyCommand.Create(terminal),
            StartCommand.Create(terminal),
            RunCommand.Create(terminal),
            StatusCommand.Create(terminal),
            VerifyCommand.Create(terminal),
            RepairCommand.Create(terminal),
            SwitchCommand.Create(terminal),
            ReverseCommand.Create(terminal),
            CompleteCommand.Create(terminal),
            CancelCommand.Create(terminal),
            ResumeCommand.Create(terminal),
            DdlCommand.Create(terminal),
            DoctorCommand.Create(terminal),
        };
        root.Options.Add(SharedOptions.Json);
        root.Options.Add(SharedOptions.Verbose);
        Help.Extend(root);

        var parsed = root.Parse(args);
        var errors = new ErrorOutput(terminal, asJson: args.Contains("--json"), verbose: args.Contains("--verbose"));
        if (parsed.Errors.Count > 0)
            return errors.Tell(new PgSplitException(ExitCode.BadInput, string.Join('\n', parsed.Errors.Select(e => e.Message).Distinct()), $"{CommandPath(parsed)} --help"));
        try
        {
            // Signals are ours: what a move has begun may take longer to end than the library would wait.
            var invocation = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null, Output = terminal.Out, Error = terminal.Error };
            return (ExitCode)await parsed.InvokeAsync(invocation, ct);
        }
        catch (PgSplitException e) when (e.ExitCode == ExitCode.Interrupted)
        {
            return errors.Tell(e);
        }
        catch (Exception) when (ct.IsCancellationRequested)
        {
            // Whatever it was in the middle of failed because it was told to stop.
            return errors.Tell(new PgSplitException(ExitCode.Interrupted, "interrupted"));
        }
        catch (PgSplitException e)
        {
            return errors.Tell(e);
        }
        catch (PostgresException e)
        {
            return errors.Tell(new PgSplitException(ExitCode.Failed, $"PostgreSQL says: {e.MessageText} ({e.SqlState})", e.Hint, e));
        }
        catch (NpgsqlException e)
        {
            return errors.Tell(new PgSplitException(ExitCode.Unreachable, $"the connection to PostgreSQL was lost: {e.InnerException?.Message ?? e.Message}", "run the command again", e));
        }
        // A fault of ours: said in one line all the same, for a script as for a person.
        catch (Exception e)
        {
            return errors.Tell(new PgSplitException(ExitCode.Failed, $"an error in pgsplit itself: {e.GetType().Name}: {e.Message}", "--verbose says where; please report it", e));
        }
    }

    static string CommandPath(ParseResult parsed)
    {
        var path = "";
        for (SymbolResult? at = parsed.CommandResult; at is CommandResult { Command: not RootCommand } command; at = at.Parent)
            path = $" {command.Command.Name}{path}";
        return $"pgsplit{path}";
    }
}
