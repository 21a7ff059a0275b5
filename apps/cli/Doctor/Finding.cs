namespace Hdms.Cli.Doctor;

internal enum Severity
{
    /// <summary>Good to know; nothing is wrong.</summary>
    Note,

    /// <summary>Nothing is lost or refused yet, but somebody has to see to it.</summary>
    Warning,

    /// <summary>Something does not work.</summary>
    Error,
}

/// <param name="Service">Whose it is; null when it is of all.</param>
/// <param name="What">What was found, with its numbers.</param>
/// <param name="Do">What to do about it, as a command where there is one.</param>
internal sealed record Finding(Severity Severity, string? Service, string What, string Do);
