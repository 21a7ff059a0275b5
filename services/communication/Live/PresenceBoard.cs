using System.Collections.Concurrent;
using System.Text.Json;
using Dapper;
using Hdms.Communication.Organisation;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hdms.Communication.Live;

/// <summary>
/// Who looks at which ticket, and who types: in the memory of each process, told to the others by NOTIFY, outside any command's
/// transaction. It is of the moment: nothing of it is written, and what is lost is said again soon.
/// </summary>
sealed partial class PresenceBoard(ServiceDatabase database, LiveHub hub, TimeProvider clock, ILogger<PresenceBoard> log) : BackgroundService
{
    const string Channel = "communication_presence";

    /// <summary>The same is told to the others so often at most.</summary>
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(3);

    /// <summary>Then it is listened anew: the database may have changed its home.</summary>
    static readonly TimeSpan ListenFor = TimeSpan.FromSeconds(30);

    static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);

    readonly ConcurrentDictionary<(Guid Ticket, Guid User), PresenceView> _there = new();
    readonly ConcurrentDictionary<(Guid Ticket, Guid User), (PresenceState State, DateTimeOffset At)> _said = new();

    public IReadOnlyList<PresenceView> In(Guid ticket)
    {
        var now = clock.GetUtcNow();
        return [.. _there.Where(p => p.Key.Ticket == ticket && p.Value.Until > now).Select(p => p.Value).OrderBy(p => p.UserId)];
    }

    public IReadOnlyList<TicketPresenceView> Everywhere()
    {
        var now = clock.GetUtcNow();
        return
        [
            .. _there.Where(p => p.Value.Until > now).GroupBy(p => p.Key.Ticket, p => p.Value).OrderBy(t => t.Key)
                .Select(t => new TicketPresenceView(t.Key, [.. t.OrderBy(p => p.UserId)])),
        ];
    }

    /// <summary>Tells everybody, unless it was told a moment ago.</summary>
    public async Task SayAsync(Guid ticket, Guid user, PresenceState state, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var key = (ticket, user);
        if (_said.TryGetValue(key, out var last) && last.State == state && now - last.At < Pause)
        {
            return;
        }

        _said[key] = (state, now);
        await database.ReadAsync(
            async connection =>
            {
                // Their name goes along: whoever hears of it may have no list in which they stand.
                var said = new Said(ticket, user, state, now + CommunicationRules.PresenceLasts, (await Names.ReadAsync(connection, [user], ct)).Person(user));
                Take(said);
                return await connection.ExecuteAsync(new CommandDefinition(
                    "SELECT pg_notify(@Channel, @said)", new { Channel, said = JsonSerializer.Serialize(said, Json.Tolerant) }, cancellationToken: ct));
            },
            ct);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var forgetting = ForgetAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await database.ReadAsync(connection => ListenAsync(connection, stoppingToken), stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Deaf(log, DatabaseFaults.Describe(e));
                await Task.Delay(Tick * 4, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }

        await forgetting;
    }

    async Task<bool> ListenAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        connection.Notification += Hear;
        try
        {
            await connection.ExecuteAsync(new CommandDefinition($"LISTEN {Channel}", cancellationToken: ct));
            var until = clock.GetTimestamp();
            while (clock.GetElapsedTime(until) < ListenFor)
            {
                await connection.WaitAsync(ListenFor, ct);
            }

            return true;
        }
        finally
        {
            connection.Notification -= Hear;
        }
    }

    void Hear(object sender, NpgsqlNotificationEventArgs e)
    {
        if (JsonSerializer.Deserialize<Said>(e.Payload, Json.Tolerant) is { } said)
        {
            Take(said);
        }
    }

    /// <summary>Also what this process has said itself comes back, and is known by then.</summary>
    void Take(Said said)
    {
        var key = (said.Ticket, said.User);
        var view = new PresenceView(said.User, said.State, said.Until, said.Person);
        if (_there.TryGetValue(key, out var known) && known == view)
        {
            return;
        }

        if (said.State == PresenceState.Gone)
        {
            if (!_there.TryRemove(key, out _))
            {
                return;
            }
        }
        else
        {
            _there[key] = view;
        }

        Tell(said.Ticket, view);
    }

    /// <summary>Who has not said for a while that they are there is gone.</summary>
    async Task ForgetAsync(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            await Task.Delay(Tick, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var now = clock.GetUtcNow();
            foreach (var (key, view) in _there.Where(p => p.Value.Until <= now))
            {
                if (_there.TryRemove(KeyValuePair.Create(key, view)))
                {
                    Tell(key.Ticket, view with { State = PresenceState.Gone, Until = now });
                }
            }

            foreach (var (key, said) in _said.Where(s => now - s.Value.At > CommunicationRules.PresenceLasts))
            {
                _said.TryRemove(KeyValuePair.Create(key, said));
            }
        }
    }

    void Tell(Guid ticket, PresenceView view) => hub.Pass(LiveNews.Passing(LiveTypes.Presence, ticket, clock.GetUtcNow(), view));

    [LoggerMessage(521, LogLevel.Warning, "Who is there is not heard of from other processes for the moment: {Reason}")]
    static partial void Deaf(ILogger logger, string reason);

    sealed record Said(Guid Ticket, Guid User, PresenceState State, DateTimeOffset Until, PersonRef? Person);
}
