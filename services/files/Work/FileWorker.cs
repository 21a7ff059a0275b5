using Hdms.Files.Downloads;
using Hdms.Files.Scanning;
using Hdms.Files.Storage;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hdms.Files.Work;

/// <summary>Does what is to be done with bytes: looks twice a second, and at once when something was uploaded here.</summary>
sealed partial class FileWorker(ServiceDatabase database, IFileStore store, FileScans scans, Previews previews, ILogger<FileWorker> log) : BackgroundService
{
    static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    readonly SemaphoreSlim _wake = new(0, 1);

    /// <summary>There is something to do; called after the commit that added it.</summary>
    public Task WakeAsync()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is awake already.
        }

        return Task.CompletedTask;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await StepAsync(stoppingToken))
                {
                    // One after the other, until none is due.
                }

                await _wake.WaitAsync(Look, stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LooksAgain(log, DatabaseFaults.WithoutRows(e));
                await Task.Delay(TimeSpan.FromSeconds(2), stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <returns>Whether there was something to do.</returns>
    internal async Task<bool> StepAsync(CancellationToken ct)
    {
        if (await database.WriteAsync(Caller.System(), FileJobs.TakeAsync, ct) is not { } job)
        {
            return false;
        }

        try
        {
            await (job.Kind switch
            {
                FileJobs.Scan => scans.RunAsync(job, ct),
                FileJobs.Preview => previews.RunAsync(job, ct),
                _ => DeleteAsync(job, ct),
            });
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            PutOff(log, job.Kind, job.FileId, job.Attempts, DatabaseFaults.Describe(e));
            await database.WriteAsync(Caller.System(), unit => FileJobs.PutOffAsync(unit, job, DatabaseFaults.Describe(e)), ct);
        }

        return true;
    }

    async Task DeleteAsync(FileJob job, CancellationToken ct)
    {
        await store.DeleteAsync(Keys.Of(job.FileId), ct);
        await store.DeleteAsync(Keys.PreviewOf(job.FileId), ct);
        await database.WriteAsync(Caller.System(), unit => FileJobs.DoneAsync(unit, job.FileId, job.Kind), ct);
    }

    public override void Dispose()
    {
        _wake.Dispose();
        base.Dispose();
    }

    [LoggerMessage(500, LogLevel.Warning, "{Kind} of file {File} is tried again (it was try {Attempt}): {Reason}")]
    static partial void PutOff(ILogger logger, string kind, Guid file, int attempt, string reason);

    [LoggerMessage(501, LogLevel.Error, "What is to be done with files could not be looked up; it is tried again")]
    static partial void LooksAgain(ILogger logger, Exception e);
}
