using Microsoft.Extensions.Configuration;

namespace Hdms.Kit.Hosting;

/// <summary>A clock that is ahead by a fixed time, so that developers see what happens later: reminders, breaches, tickets that close by themselves.</summary>
sealed class ShiftedClock(TimeSpan ahead) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + ahead;

    /// <summary>The clock that the setting <c>clock_ahead_hours</c> asks for; the system's without it.</summary>
    public static TimeProvider Of(IConfiguration settings) =>
        settings.Number("clock_ahead_hours", 0, 0, 87_600) is > 0 and var hours ? new ShiftedClock(TimeSpan.FromHours(hours)) : System;
}
