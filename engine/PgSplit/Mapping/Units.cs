using System.Globalization;
using System.Text.RegularExpressions;

namespace PgSplit.Mapping;

/// <summary>Sizes (<c>256MB</c>; 1 MB is 2^20 bytes, as in postgresql.conf) and durations (<c>250ms</c>, <c>1s</c>, <c>24h</c>). A unit is asked for: 1 of what?</summary>
static partial class Units
{
    public static bool TrySize(string text, out long bytes)
    {
        bytes = 0;
        var match = Form().Match(text);
        int? shift = match.Groups["unit"].Value switch { "B" => 0, "kB" or "KB" => 10, "MB" => 20, "GB" => 30, "TB" => 40, _ => null };
        if (!match.Success || shift is null || Number(match) is not { } number || number * Math.Pow(2, shift.Value) > long.MaxValue / 2)
            return false;
        bytes = (long)(number * (1L << shift.Value));
        return bytes > 0;
    }

    public static bool TryDuration(string text, out TimeSpan duration)
    {
        duration = default;
        var match = Form().Match(text);
        double? unit = match.Groups["unit"].Value switch { "ms" => 1, "s" => 1_000, "min" => 60_000, "h" => 3_600_000, "d" => 86_400_000, _ => null };
        if (!match.Success || unit is null || Number(match) is not { } number || number * unit > TimeSpan.FromDays(3650).TotalMilliseconds)
            return false;
        duration = TimeSpan.FromMilliseconds(number * unit.Value);
        return duration > TimeSpan.Zero;
    }

    static double? Number(Match match) =>
        double.TryParse(match.Groups["number"].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? number : null;

    [GeneratedRegex(@"^(?<number>\d+(\.\d+)?)\s*(?<unit>[A-Za-z]+)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Form();
}
