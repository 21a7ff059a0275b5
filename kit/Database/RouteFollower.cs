using System.Text.Json;
using Dapper;
using Hdms.Kit.Events;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hdms.Kit.Database;

/// <summary>
/// Knows which database is home, and learns of a change at once: from the route table every 5 s, from channel
/// <c>pgsplit_route</c>, and from the fence's own error. The highest epoch wins; one lower than was seen is refused (PROTOCOL 1.0).
/// </summary>
public sealed partial class RouteFollower : BackgroundService
{
    static readonly TimeSpan Poll = TimeSpan.FromSeconds(5);

    readonly EventLog _events;
    readonly string _service;
    readonly ServiceCredentials _credentials;
    readonly ILogger<RouteFollower> _log;
    readonly SemaphoreSlim _changing = new(1, 1);
    volatile Home _home;

    public RouteFollower(EventLog events, DatabaseAddress configured, ServiceCredentials credentials, ILogger<RouteFollower> log)
    {
        _events = events;
        _service = events.Service;
        _credentials = credentials;
        _log = log;
        _home = Open(new ServiceRoute(0, configured, []));
    }

    /// <summary>The route that is followed now.</summary>
    public ServiceRoute Route => _home.Route;

    internal Home Current => _home;

    /// <summary>Looks up the route after a unit of work failed on <paramref name="tried"/>.</summary>
    /// <param name="detail">The fence's JSON detail, which names the new address; null when it was another failure.</param>
    /// <returns>Whether there is a newer home now.</returns>
    internal async Task<bool> RefreshAsync(Home tried, string? detail, CancellationToken ct)
    {
        if (!ReferenceEquals(tried, _home))
        {
            return true;
        }

        await LookAsync(tried, ct);
        if (ReferenceEquals(tried, _home) && Elsewhere(detail) is { } address)
        {
            // The old home may not have the newest route yet; the database that the fence points to has.
            await using var other = OnlyToLook(new ServiceRoute(tried.Route.Epoch, address, []));
            await LookAsync(other, ct);
        }

        return !ReferenceEquals(tried, _home);
    }

    /// <summary>
    /// Goes from the configured place to the home, before anything is changed anywhere: a service that starts after a move must
    /// leave the old home as it is.
    /// </summary>
    internal async Task FollowAsync(CancellationToken ct)
    {
        // Ends, for each round but the last has found a higher epoch.
        for (long seen = -1; seen < _home.Route.Epoch;)
        {
            seen = _home.Route.Epoch;
            await using var place = OnlyToLook(_home.Route);
            await using var connection = await place.OpenAsync(ct);
            await TakeAsync(await ServiceRoute.ReadAsync(connection, _service, ct), ct);
        }
    }

    /// <summary>Begins the log's epoch at home, before the first request.</summary>
    internal Task BeginAsync(NpgsqlConnection connection, CancellationToken ct) => LogEpoch.EnsureAsync(connection, _events, ct);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(_home, stoppingToken);
            }
            catch (Exception e) when (e is NpgsqlException or IOException or ObjectDisposedException or TimeoutException)
            {
                Deaf(_log, _service, DatabaseFaults.Describe(e));
                await Task.Delay(TimeSpan.FromSeconds(1), stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>Waits on one home for NOTIFY, looking every 5 s besides, until the home changes.</summary>
    async Task ListenAsync(Home home, CancellationToken ct)
    {
        await using var connection = await home.OpenAsync(ct);
        await connection.ExecuteAsync("LISTEN pgsplit_route");
        while (ReferenceEquals(home, _home))
        {
            await TakeAsync(await ServiceRoute.ReadAsync(connection, _service, ct), ct);
            if (!ReferenceEquals(home, _home))
            {
                // The log here is no longer ours to change.
                return;
            }

            await LogEpoch.EnsureAsync(connection, _events, ct);
            await connection.WaitAsync(Poll, ct);
        }
    }

    async Task LookAsync(Home at, CancellationToken ct)
    {
        try
        {
            await using var connection = await at.OpenAsync(ct);
            await TakeAsync(await ServiceRoute.ReadAsync(connection, _service, ct), ct);
        }
        catch (Exception e) when (DatabaseFaults.IsTransient(e) || e is NpgsqlException or ObjectDisposedException)
        {
            Deaf(_log, _service, DatabaseFaults.Describe(e));
        }
    }

    async Task TakeAsync(ServiceRoute? route, CancellationToken ct)
    {
        if (route is null || route.Epoch <= _home.Route.Epoch)
        {
            return;
        }

        await _changing.WaitAsync(ct);
        try
        {
            if (route.Epoch > _home.Route.Epoch)
            {
                var old = _home;
                var next = Open(route);
                _home = next;
                Moved(_log, _service, old.Route.Write, route.Write, route.Epoch);
                await old.DisposeAsync();
            }
        }
        finally
        {
            _changing.Release();
        }
    }

    Home Open(ServiceRoute route)
    {
        string? seen = null;
        return new Home(route, _credentials, $"hdms-{_service}", async connection => seen = await OpenedAsync(connection, route, seen));
    }

    Home OnlyToLook(ServiceRoute route) => new(route, _credentials, $"hdms-{_service}");

    /// <summary>
    /// After a failover or a restore all connections are new, and none of them may append under the epoch from before. Costs one
    /// small query for each connection that is made, none for a request.
    /// </summary>
    /// <param name="seen">The log's place, as it was on the connection before.</param>
    /// <returns>The place whose epoch is known to be begun.</returns>
    async Task<string?> OpenedAsync(NpgsqlConnection connection, ServiceRoute route, string? seen)
    {
        // Not a request's token: the connection is made for whoever comes next.
        var ct = CancellationToken.None;
        var place = await LogEpoch.PlaceAsync(connection, _events, ct);
        if (place is null || place == seen)
        {
            return seen;
        }

        var moved = await ServiceRoute.ReadAsync(connection, _service, ct) is { } kept && kept.Epoch > route.Epoch;
        return !moved && await LogEpoch.EnsureAsync(connection, _events, ct) is not null ? place : seen;
    }

    static DatabaseAddress? Elsewhere(string? detail)
    {
        try
        {
            return detail is not null
                && JsonDocument.Parse(detail).RootElement is { ValueKind: JsonValueKind.Object } json
                && json.TryGetProperty("address", out var address)
                && address.ValueKind == JsonValueKind.String
                    ? DatabaseAddress.Parse(address.GetString()!)
                    : null;
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            return null;
        }
    }

    public override void Dispose()
    {
        _changing.Dispose();
        base.Dispose();
    }

    [LoggerMessage(112, LogLevel.Information, "{Service} has moved from {From} to {To} (epoch {Epoch})")]
    static partial void Moved(ILogger logger, string service, DatabaseAddress from, DatabaseAddress to, long epoch);

    [LoggerMessage(113, LogLevel.Warning, "The route of {Service} can't be read at the moment: {Reason}")]
    static partial void Deaf(ILogger logger, string service, string reason);
}
