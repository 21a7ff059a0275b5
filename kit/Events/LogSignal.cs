using System.Collections.Concurrent;

namespace Hdms.Kit.Events;

/// <summary>
/// Wakes the long polls of this process when it has appended. Other processes look by themselves a few times a second: a
/// NOTIFY inside the command's transaction would make all commits of the whole cluster wait for one another.
/// </summary>
static class LogSignal
{
    static readonly ConcurrentDictionary<string, TaskCompletionSource> Waiting = new(StringComparer.Ordinal);

    public static void Raise(string service)
    {
        if (Waiting.TryRemove(service, out var source))
        {
            source.TrySetResult();
        }
    }

    /// <summary>Ends at the next append in this process; take it before looking, so that none is missed in between.</summary>
    public static Task Next(string service) =>
        Waiting.GetOrAdd(service, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
}
