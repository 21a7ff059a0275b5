using System.Globalization;

namespace PgSplit.Cli;

/// <summary>Sizes, counts and durations as people read them. 1 MB is 2^20 bytes, as in postgresql.conf.</summary>
internal static class Human
{
    public static string Size(double bytes)
    {
        string[] units = ["B", "kB", "MB", "GB", "TB", "PB"];
        var unit = 0;
        for (; bytes >= 1024 && unit < units.Length - 1; unit++)
            bytes /= 1024;
        return unit == 0 || bytes >= 100
            ? string.Create(CultureInfo.InvariantCulture, $"{bytes:0} {units[unit]}")
            : string.Create(CultureInfo.InvariantCulture, $"{bytes:0.0} {units[unit]}");
    }

    /// <summary>With thin groups of three: 12 345 678.</summary>
    public static string Count(long number) => number.ToString("#,0", CultureInfo.InvariantCulture).Replace(',', ' ');

    /// <summary>The two largest units that say something: 3 d 4 h, 5 min 10 s, 12 s, 340 ms.</summary>
    public static string Duration(TimeSpan duration) => duration switch
    {
        { TotalDays: >= 1 } => Two((int)duration.TotalDays, "d", duration.Hours, "h"),
        { TotalHours: >= 1 } => Two(duration.Hours, "h", duration.Minutes, "min"),
        { TotalMinutes: >= 1 } => Two(duration.Minutes, "min", duration.Seconds, "s"),
        { TotalSeconds: >= 1 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(duration.TotalSeconds):0} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(duration.TotalMilliseconds):0} ms"),
    };

    static string Two(int first, string unit, int second, string smaller) => second == 0
        ? string.Create(CultureInfo.InvariantCulture, $"{first} {unit}")
        : string.Create(CultureInfo.InvariantCulture, $"{first} {unit} {second} {smaller}");
}
