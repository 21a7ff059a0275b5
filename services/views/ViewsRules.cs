using Hdms.Kit.Hosting;
using Microsoft.Extensions.Configuration;

namespace Hdms.Views;

/// <summary>Numbers of the read side, and what an organisation may set of it (docs/settings.md).</summary>
sealed record ViewsRules
{
    /// <summary>How far is counted; beyond that it is said that there are more (API.md, totals).</summary>
    public const int CountedUpTo = 1000;

    /// <summary>Words that as many tickets are likely to have are looked for among the newest first.</summary>
    public const int CommonFrom = 20_000;

    /// <summary>Through how many of the newest.</summary>
    public const int NewestLookedThrough = 10_000;

    /// <summary>How far is counted there; where there are more, the best of these are shown.</summary>
    public const int NewestCountedUpTo = 200;

    public const int MostSavedViews = 100;

    /// <summary>As the lifecycle has it (DOMAIN.md section 6).</summary>
    public static readonly TimeSpan AttentionAfter = TimeSpan.FromDays(1);

    /// <summary>As long as figures of many tickets may be old.</summary>
    public static readonly TimeSpan FiguresLast = TimeSpan.FromSeconds(30);

    /// <summary>Whose midnight divides the days of trends.</summary>
    public TimeZoneInfo TimeZone { get; init; } = TimeZoneInfo.FindSystemTimeZoneById("Asia/Karachi");

    public static ViewsRules Of(IConfiguration settings)
    {
        var zone = settings["tickets_time_zone"] ?? "Asia/Karachi";
        return new ViewsRules
        {
            TimeZone = TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var found)
                ? found
                : throw new SettingException("tickets_time_zone", $"'{zone}' is no time zone of the IANA database, such as Asia/Karachi."),
        };
    }
}
