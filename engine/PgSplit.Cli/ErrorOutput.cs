namespace PgSplit.Cli;

/// <summary>How a command that did not work says so: <c>pgsplit: what</c> and <c>  → what to do</c>, or <c>{"error": …}</c>; always on standard error.</summary>
internal sealed class ErrorOutput(Terminal terminal, bool asJson, bool verbose)
{
    public ExitCode Tell(PgSplitException e)
    {
        var lines = e.Message.Split('\n');
        if (asJson)
        {
            terminal.Error.WriteLine(JsonOutput.Text(new
            {
                Error = new { Message = lines[0], Lines = lines, e.Remedy, ExitCode = (int)e.ExitCode, Kind = e.ExitCode, Detail = verbose ? e.ToString() : null },
            }));
            return e.ExitCode;
        }

        foreach (var line in lines)
            terminal.Error.WriteLine($"pgsplit: {line}");
        if (e.Remedy is not null)
            terminal.Error.WriteLine($"  → {e.Remedy}");
        if (verbose)
            terminal.Error.WriteLine(e.ToString());
        return e.ExitCode;
    }
}
