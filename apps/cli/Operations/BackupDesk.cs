using Hdms.Cli.Backup;
using Hdms.Contracts;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hdms.Cli.Operations;

/// <summary>Takes one backup at a time, and knows how the last one went.</summary>
internal sealed partial class BackupDesk(DatabaseServer server, TimeProvider clock, IHostApplicationLifetime life, ILogger<BackupDesk> log) : IProgress<string>
{
    readonly Lock _lock = new();
    BackupRunView? _last;

    public BackupRunView? Last
    {
        get
        {
            lock (_lock)
                return _last;
        }
    }

    /// <returns>The one that was begun, or the one that is being taken already.</returns>
    public BackupRunView Begin(Guid by)
    {
        lock (_lock)
        {
            if (_last is { State: BackupRunState.Running })
                return _last;
            _last = new BackupRunView(BackupRunState.Running, clock.GetUtcNow(), null, by, null, null, null);
            LogBegun(by);
            // Nobody waits for it: whoever asked looks again.
            _ = Task.Run(RunAsync, CancellationToken.None);
            return _last;
        }
    }

    public void Report(string value) => Change(last => last with { Doing = value });

    async Task RunAsync()
    {
        try
        {
            var folder = await new TakeBackup(server, this, clock).RunAsync(BackupFolder.DefaultRoot(server.Installation), life.ApplicationStopping);
            var name = Path.GetFileName(folder);
            LogTaken(name);
            Change(last => last with { State = BackupRunState.Done, FinishedAt = clock.GetUtcNow(), Doing = null, Name = name });
        }
        catch (Exception e)
        {
            // Whatever it was: somebody looks at the page, and nobody at this task.
            LogFailed(e);
            Change(last => last with { State = BackupRunState.Failed, FinishedAt = clock.GetUtcNow(), Doing = null, Problem = e is OperationCanceledException ? "The program was stopped." : e.Message });
        }
    }

    void Change(Func<BackupRunView, BackupRunView> change)
    {
        lock (_lock)
            _last = change(_last!);
    }

    [LoggerMessage(11, LogLevel.Information, "Backup begun by {Person}")]
    partial void LogBegun(Guid person);

    [LoggerMessage(12, LogLevel.Information, "Backup {Name} taken")]
    partial void LogTaken(string name);

    [LoggerMessage(13, LogLevel.Error, "No backup was taken")]
    partial void LogFailed(Exception e);
}
