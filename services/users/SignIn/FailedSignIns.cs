using Microsoft.Extensions.Caching.Memory;

namespace Hdms.Users.SignIn;

/// <summary>
/// Slows down whoever tries passwords of one employee code from many addresses. Known and unknown codes alike are counted, so
/// that a wait does not tell which exist. Nobody is locked out by strangers: the right password waits for two seconds at most.
/// </summary>
sealed class FailedSignIns(TimeProvider clock) : IDisposable
{
    const int Free = 5;
    static readonly TimeSpan Step = TimeSpan.FromMilliseconds(250);
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);
    static readonly TimeSpan Remembered = TimeSpan.FromMinutes(15);

    readonly MemoryCache _counts = new(new MemoryCacheOptions { SizeLimit = 100_000 });

    public Task WaitAsync(string employeeCode, CancellationToken ct) =>
        WaitFor(employeeCode) is { Ticks: > 0 } wait ? Task.Delay(wait, clock, ct) : Task.CompletedTask;

    public TimeSpan WaitFor(string employeeCode)
    {
        var wait = Step * (_counts.Get<int>(employeeCode) - Free);
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait > Longest ? Longest : wait;
    }

    public void Add(string employeeCode) => _counts.Set(
        employeeCode, _counts.Get<int>(employeeCode) + 1, new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = Remembered });

    public void Forget(string employeeCode) => _counts.Remove(employeeCode);

    public void Dispose() => _counts.Dispose();
}
