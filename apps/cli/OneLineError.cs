namespace Hdms.Cli;

/// <summary>Something a person can act on: shown as one line, without a stack trace, and ended with its exit code.</summary>
internal sealed class OneLineError : Exception
{
    public OneLineError(string message, int exitCode = Cli.ExitCode.Failed)
        : base(message) => Code = exitCode;

    public OneLineError(string message, int exitCode, Exception inner)
        : base(message, inner) => Code = exitCode;

    public int Code { get; }
}
