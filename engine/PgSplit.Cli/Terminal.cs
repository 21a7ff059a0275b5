using Spectre.Console;

namespace PgSplit.Cli;

/// <summary>
/// Where the program writes: results on standard output, progress and errors on standard error. Colours and lines that change are for
/// terminals only: none where output goes to a file or a pipe, none where NO_COLOR is set (https://no-color.org) or TERM is dumb.
/// </summary>
internal sealed class Terminal
{
    public Terminal(TextWriter output, TextWriter error, bool? live = null, bool? colours = null)
    {
        (Out, Error) = (output, error);
        IsLive = live ?? (!Console.IsErrorRedirected && !IsDumb);
        var coloured = colours ?? (!Console.IsOutputRedirected && !IsDumb && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")));
        Styled = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = coloured ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = coloured ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(output),
        });
        // Lines are the terminal's to wrap: what is to be done is to be copied, too.
        Styled.Profile.Width = 100_000;
    }

    public TextWriter Out { get; }
    public TextWriter Error { get; }

    /// <summary>Whether a line on standard error may be written over.</summary>
    public bool IsLive { get; }

    /// <summary>Standard output with colours, where there are any.</summary>
    public IAnsiConsole Styled { get; }

    /// <summary>Shows progress until it is disposed of.</summary>
    public ProgressLines Progress(TimeProvider? clock = null) => new(this, clock ?? TimeProvider.System);

    static bool IsDumb => Environment.GetEnvironmentVariable("TERM") is "dumb";
}
