namespace PgSplit.Pg;

/// <summary>Several tasks of which none is worth anything without the others.</summary>
static class Together
{
    /// <summary>Runs all at once; the first that fails stops the others, and its reason is the one that is thrown.</summary>
    public static async Task RunAsync(IEnumerable<Func<CancellationToken, Task>> tasks, CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        Exception? first = null;
        await Task.WhenAll([.. tasks.Select(task => Task.Run(() => GuardedAsync(task), CancellationToken.None))]);
        if (first is not null)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(first);

        async Task GuardedAsync(Func<CancellationToken, Task> task)
        {
            try
            {
                await task(stop.Token);
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref first, e, null);
                await stop.CancelAsync();
            }
        }
    }
}
