using System.Diagnostics;

namespace Hdms.Kit.Tests;

/// <summary>Waits for a condition, not for a time.</summary>
static class Eventually
{
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    public static Task HoldsAsync(Func<bool> condition, string what) => HoldsAsync(() => Task.FromResult(condition()), what);

    public static async Task HoldsAsync(Func<Task<bool>> condition, string what)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Stopwatch.GetElapsedTime(started).ShouldBeLessThan(Longest, $"it never came to be that {what}");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }
}
