namespace Hdms.Kit.Tests.Things;

/// <summary>Waits for a condition, never for a time.</summary>
static class Eventually
{
    public static Task TrueAsync(Func<bool> condition, string what, int seconds = 180) => TrueAsync(() => Task.FromResult(condition()), what, seconds);

    public static async Task TrueAsync(Func<Task<bool>> condition, string what, int seconds = 180)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        while (!await condition())
        {
            limit.IsCancellationRequested.ShouldBeFalse($"waited {seconds} s for: {what}");
            await Task.Yield();
            await Task.WhenAny(Task.Delay(20, limit.Token));
        }
    }
}
