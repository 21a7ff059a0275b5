using System.Globalization;
using System.Text.RegularExpressions;
using PgSplit;

namespace Hdms.Cli.Migrate;

/// <summary>What the engine says, with the commands of this program in it.</summary>
internal static partial class MigrateWords
{
    public static string Of(string said, string? service = null)
    {
        said = Doctor().Replace(said, "hdms doctor");
        return Verb().Replace(said, m => $"hdms migrate {m.Groups["verb"].Value}{(service is null ? "" : " " + service)}{m.Groups["options"].Value}");
    }

    public static string Of(Exception e, string? service = null) => e is PgSplitException { Remedy: { } remedy } known
        ? $"{Of(known.Message, service)} → {Of(remedy, service)}"
        : Of(e.Message, service);

    /// <summary>In one line, ended with this program's exit code.</summary>
    public static OneLineError Error(PgSplitException e, string? service) => new(Of(e, service), e.ExitCode switch
    {
        PgSplit.ExitCode.BadInput => ExitCode.WrongUsage,
        PgSplit.ExitCode.Differences => ExitCode.Different,
        PgSplit.ExitCode.Interrupted => ExitCode.Interrupted,
        _ => ExitCode.Failed,
    }, e);

    /// <summary>12 ms, 3 s, 5 min 10 s, 2 h 3 min.</summary>
    public static string Of(TimeSpan duration) => duration switch
    {
        { TotalHours: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{(int)duration.TotalHours} h {duration.Minutes} min"),
        { TotalMinutes: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{duration.Minutes} min {duration.Seconds} s"),
        { TotalSeconds: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds:0.0} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds:0} ms"),
    };

    public static string Size(long bytes) => bytes switch
    {
        >= 1L << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.0} GB"),
        >= 1L << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 20):0.0} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0} kB"),
    };

    [GeneratedRegex(@"`?pgsplit doctor(?: map\.yaml)?`?", RegexOptions.None, 5000)]
    private static partial Regex Doctor();

    // With the map and service that the engine may name after the verb, which here are one word; options stay.
    [GeneratedRegex(@"`?pgsplit (?<verb>plan|prepare|copy|start|run|status|verify|repair|switch|reverse|complete|cancel|resume)(?: [\w./-]*\.yaml\b)?(?<options>(?: --[\w-]+)*)`?", RegexOptions.None, 5000)]
    private static partial Regex Verb();
}
