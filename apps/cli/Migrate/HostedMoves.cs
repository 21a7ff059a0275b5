using System.Diagnostics;
using Dapper;
using Hdms.Cli.Hosting;
using Hdms.Contracts;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hdms.Cli.Migrate;

/// <summary>
/// Runs the streams of every open move beside the services, and so does what other terminals ask of a move. Moves are found by their
/// slots, which all databases of a server show: begun anywhere, they are here two seconds later.
/// </summary>
internal sealed partial class HostedMoves : IAsyncDisposable
{
    /// <summary>By this session others see that somebody hosts.</summary>
    const string SessionName = "hdms moves";

    static readonly TimeSpan Look = TimeSpan.FromSeconds(2), Pause = TimeSpan.FromSeconds(10);

    /// <summary>As long as the program that hosts may be seen by its services alone: its server was away, and it comes back.</summary>
    static readonly TimeSpan ComesBack = Look * 4;

    readonly DatabaseServer _server;
    readonly ILogger _log;
    readonly CancellationTokenSource _stop = new();
    readonly Dictionary<string, Task> _running = new(StringComparer.Ordinal);
    readonly Task _looking;

    HostedMoves(DatabaseServer server, ILogger log)
    {
        (_server, _log) = (server, log);
        _looking = Task.Run(LookAsync);
    }

    /// <returns>Null where nobody has set an admin's way in: moves need one.</returns>
    public static HostedMoves? Start(DatabaseServer server, ILogger log) => server.AdminOf(Services.Users) is null ? null : new HostedMoves(server, log);

    /// <summary>Whether a process hosts the moves of this server.</summary>
    public static async Task<bool> AreHostedAsync(DatabaseServer server, CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            await using var connection = await DatabaseServer.OpenAsync(server.NeedAdminOf(Services.Users), ct);
            var (hosts, serves) = await connection.QuerySingleAsync<(bool, bool)>(new CommandDefinition(
                "SELECT coalesce(bool_or(application_name = @SessionName), false), coalesce(bool_or(application_name LIKE 'hdms-%'), false) FROM pg_stat_activity", new { SessionName }, cancellationToken: ct));
            if (hosts || !serves || Stopwatch.GetElapsedTime(started) > ComesBack)
                return hosts;
            await Task.Delay(Look / 4, ct);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _looking;
        await Task.WhenAll(_running.Values);
        _stop.Dispose();
    }

    /// <summary>Each server by itself: one that is away is not to keep the others' moves.</summary>
    Task LookAsync() => Task.WhenAll(AllServices.Contracts.GroupBy(s => _server.AdminOf(s), StringComparer.Ordinal).Where(g => g.Key is not null)
        .Select(g => InsistAsync(new NpgsqlConnectionStringBuilder(g.Key) { ApplicationName = SessionName, KeepAlive = 30 }.ConnectionString, [.. g])));

    async Task InsistAsync(string admin, IReadOnlyList<Service> services)
    {
        string? told = null;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await LookAsync(admin, services);
            }
            catch (Exception) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Whatever it was: the services go on, and the next look may go well.
                if (told != e.Message)
                    LogCantLook(told = e.Message);
            }

            await Task.Delay(Look, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    async Task LookAsync(string admin, IReadOnlyList<Service> services)
    {
        await using var session = await DatabaseServer.OpenAsync(admin, _stop.Token);
        var slots = services.Select(s => $"pgsplit_{s.Name}_f").ToArray();
        while (true)
        {
            var there = (await session.QueryAsync<string>(new CommandDefinition("SELECT slot_name FROM pg_replication_slots WHERE slot_name = ANY (@slots)", new { slots }, cancellationToken: _stop.Token))).ToHashSet(StringComparer.Ordinal);
            foreach (var service in services.Where(s => there.Contains($"pgsplit_{s.Name}_f")))
            {
                lock (_running)
                {
                    if (!_running.TryGetValue(service.Name, out var task) || task.IsCompleted)
                        _running[service.Name] = HostAsync(service);
                }
            }

            await Task.Delay(Look, _stop.Token);
        }
    }

    async Task HostAsync(Service service)
    {
        try
        {
            var found = await MoveOfService.FindAsync(_server, service, _stop.Token);
            if (found is { IsOpen: true, Move: { } move })
                await move.HostAsync(Say, _stop.Token);
        }
        catch (Exception e) when (!_stop.IsCancellationRequested)
        {
            LogStopped(service.Name, MigrateWords.Of(e));
        }
        catch (Exception)
        {
            return;
        }

        // One that is over has its slot for a moment yet; one that fails is tried again, not at once.
        await Task.Delay(Pause, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    void Say(string what) => LogSaid(MigrateWords.Of(what));

    [LoggerMessage(31, LogLevel.Information, "Move of {What}")]
    partial void LogSaid(string what);

    [LoggerMessage(32, LogLevel.Warning, "The move of {Service} has stopped, and is tried again: {Reason}")]
    partial void LogStopped(string service, string reason);

    [LoggerMessage(33, LogLevel.Warning, "Open moves could not be looked for: {Reason}")]
    partial void LogCantLook(string reason);
}
