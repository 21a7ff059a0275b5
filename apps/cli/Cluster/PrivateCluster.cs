using System.Globalization;
using Hdms.Cli.Provisioning;
using Microsoft.Extensions.Logging;

namespace Hdms.Cli.Cluster;

/// <summary>
/// A PostgreSQL server of our own, under a data directory: made on first use, kept between runs, recovered after a crash
/// of the server or of this program, ended with <see cref="DisposeAsync"/>.
/// </summary>
internal sealed class PrivateCluster : IAsyncDisposable
{
    readonly ClusterOptions _options;
    readonly ClusterLock _lock;
    readonly PostgresBinaries _binaries;
    readonly ServerUser _user;
    readonly ILogger _log;
    readonly CancellationTokenSource _stopping = new();
    ClusterPlace _place;
    Postmaster? _postmaster;
    Task _supervision = Task.CompletedTask;

    PrivateCluster(ClusterOptions options, ClusterLock @lock, ClusterPlace place, PostgresBinaries binaries, ServerUser user, Secrets secrets, ILogger log)
    {
        (_options, _lock, _place, _binaries, _user, _log) = (options, @lock, place, binaries, user, log);
        Secrets = secrets;
    }

    public Secrets Secrets { get; }

    public ClusterPlace Place => _place;

    public PostgresBinaries Binaries => _binaries;

    /// <summary>The server's process now; another one after each restart.</summary>
    public int Pid => _postmaster!.Pid;

    public ClusterAddress Address => new(_place.Socket, _place.Port, Secrets[Secrets.Superuser]);

    public static async Task<PrivateCluster> StartAsync(ClusterOptions options, ILogger log, CancellationToken ct)
    {
        var cluster = await OpenAsync(options, log, ct);
        try
        {
            await cluster.LaunchAsync(ct);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Takes the data directory and settles where the server will be, making it if there is none; it does not run yet.</summary>
    public static async Task<PrivateCluster> OpenAsync(ClusterOptions options, ILogger log, CancellationToken ct)
    {
        var data = RealPath.Of(options.Data);
        Directory.CreateDirectory(data);
        var taken = ClusterLock.Take(data);
        try
        {
            return await OpenAsync(options with { Data = data }, taken, log, ct);
        }
        catch
        {
            taken.Dispose();
            throw;
        }
    }

    /// <summary>Starts the server, waits until it takes connections, and from then on sees to it that it stays.</summary>
    public async Task LaunchAsync(CancellationToken ct)
    {
        await StartServerAsync(ct);
        if (_options.Supervised)
            _supervision = SuperviseAsync(_stopping.Token);
    }

    /// <summary>The address of the cluster that another process runs on this data directory; null if nobody holds it.</summary>
    public static ClusterAddress? FindRunning(string data)
    {
        data = RealPath.Of(data);
        if (!Directory.Exists(data) || ClusterPlace.Load(data) is not { } place)
            return null;
        if (ClusterLock.TryTake(data) is { } free)
        {
            free.Dispose();
            return null;
        }

        return new ClusterAddress(place.Socket, place.Port, new Secrets(data)[Secrets.Superuser]);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _supervision;
        if (_postmaster is { } running)
        {
            // Not cancellable: a server left running without us would have to be found and stopped by the next start.
            if (!running.HasExited)
                await LeftoverServer.StopAsync(_place.Directory, _binaries, _user, CancellationToken.None);
            await running.ExitedAsync(CancellationToken.None);
            running.Dispose();
            await LeftoverServer.WaitForOrphansAsync(_place.Directory, CancellationToken.None);
            ClusterLog.Stopped(_log);
        }

        _lock.Dispose();
        _stopping.Dispose();
    }

    static async Task<PrivateCluster> OpenAsync(ClusterOptions options, ClusterLock taken, ILogger log, CancellationToken ct)
    {
        var user = await ServerUser.FindAsync(ct);
        var secrets = new Secrets(options.Data);
        var place = ClusterPlace.Load(options.Data) ?? await ClusterPlace.ChooseAsync(options.Data, user, ct);
        place.Save(options.Data);

        var binaries = await PostgresBinaries.FindAsync(options.PgBin, MajorOf(place.Directory), ct);
        if (!Directory.Exists(place.Directory))
        {
            options.Progress?.Report($"Making a private PostgreSQL {binaries.Major} in {place.Directory}");
            await InitialiseCluster.RunAsync(place, binaries, user, secrets[Secrets.Superuser], options.Durable, ct);
        }

        var cluster = new PrivateCluster(options, taken, place, binaries, user, secrets, log);
        await LeftoverServer.ClearAsync(place.Directory, binaries, user, log, ct);
        if (!FreePort.IsFree(place.Port))
            cluster.MoveToFreePort();
        return cluster;
    }

    async Task StartServerAsync(CancellationToken ct)
    {
        _options.Progress?.Report("Starting PostgreSQL");
        // Gone after a reboot when it is in /tmp.
        await _user.MakeDirectoryAsync(_place.Socket, ct);
        var starting = _postmaster = Postmaster.Start(_place, _binaries, _user, _options);
        try
        {
            await starting.ReadyAsync(Address, _options.Progress, ct);
            ClusterLog.Started(_log, _binaries.Major, starting.Pid, _place.Port);
        }
        catch
        {
            if (!starting.HasExited)
                await LeftoverServer.StopAsync(_place.Directory, _binaries, _user, CancellationToken.None);
            throw;
        }
    }

    async Task SuperviseAsync(CancellationToken stopping)
    {
        try
        {
            while (true)
            {
                await _postmaster!.ExitedAsync(stopping);
                ClusterLog.Died(_log, _postmaster.ExitCode);
                await RestartAsync(stopping);
            }
        }
        catch (OperationCanceledException)
        {
            // DisposeAsync stops the server.
        }
    }

    // On the same port: services know it. Without end: they are of no use without a database, and its disk may have room again in a minute.
    async Task RestartAsync(CancellationToken ct)
    {
        for (var pause = TimeSpan.FromSeconds(1); ; pause = TimeSpan.FromSeconds(Math.Min(30, pause.TotalSeconds * 2)))
        {
            try
            {
                await LeftoverServer.ClearAsync(_place.Directory, _binaries, _user, _log, ct);
                await StartServerAsync(ct);
                return;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                ClusterLog.RestartFailed(_log, e.Message, pause.TotalSeconds);
                await Task.Delay(pause, ct);
            }
        }
    }

    void MoveToFreePort()
    {
        var moved = _place with { Port = FreePort.Find() };
        ClusterLog.PortChanged(_log, _place.Port, moved.Port);
        moved.Save(_options.Data);
        _place = moved;
    }

    static int? MajorOf(string directory)
    {
        var file = Path.Combine(directory, "PG_VERSION");
        return File.Exists(file) ? int.Parse(File.ReadAllText(file).Trim(), CultureInfo.InvariantCulture) : null;
    }
}
