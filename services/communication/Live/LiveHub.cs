using Dapper;
using Hdms.Communication.Organisation;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hdms.Communication.Live;

/// <summary>
/// Reads the service's log once for all streams of this process, and gives each what its owner may see
/// (docs/decisions/0020-live-streams.md). While nobody listens, nothing is read.
/// </summary>
sealed partial class LiveHub(ServiceDatabase database, EventReader events, CommunicationRules rules, TimeProvider clock, ILogger<LiveHub> log) : BackgroundService
{
    const int AtOnce = 500;

    /// <summary>What other processes append is seen so soon; what this one does, at once.</summary>
    static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    /// <summary>So that under load many events are read together.</summary>
    static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(10);

    static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    readonly Lock _gate = new();
    readonly Dictionary<Guid, List<LiveStream>> _streams = [];
    volatile LiveStream[] _all = [];
    TaskCompletionSource _somebody = New();
    TaskCompletionSource _following = New();
    LogPosition _at;
    bool _stopped;

    /// <summary>How many streams are open in this process.</summary>
    public int Open => _all.Length;

    /// <summary>A new stream; it gets nothing until <see cref="LiveStream.GoOn"/>, and loses nothing meanwhile.</summary>
    /// <exception cref="Refusal">429: the person has as many as one may have.</exception>
    public LiveStream Begin(Caller caller, DateTimeOffset endsAt)
    {
        var stream = new LiveStream(caller, endsAt);
        lock (_gate)
        {
            var theirs = _streams.TryGetValue(stream.Owner, out var known) ? known : _streams[stream.Owner] = [];
            if (theirs.Count >= CommunicationRules.MostStreams)
            {
                throw new Refusal(Codes.RateLimited, $"At most {CommunicationRules.MostStreams} live streams of one person are open at once.") { RetryAfter = CommunicationRules.Heartbeat };
            }

            theirs.Add(stream);
            _all = [.. _all, stream];
            if (_stopped)
            {
                stream.HangUp();
            }

            _somebody.TrySetResult();
        }

        return stream;
    }

    public void End(LiveStream stream)
    {
        lock (_gate)
        {
            if (_streams.TryGetValue(stream.Owner, out var theirs) && theirs.Remove(stream) && theirs.Count == 0)
            {
                _streams.Remove(stream.Owner);
            }

            _all = [.. _all.Where(s => s != stream)];
        }
    }

    /// <summary>Where the log ends, and where somebody takes part there; the hub then follows from no later than that.</summary>
    public async Task<(LogPosition End, Dictionary<Guid, DateTimeOffset> Rooms)> PlaceAsync(Guid owner, CancellationToken ct)
    {
        Task following;
        lock (_gate)
        {
            following = _following.Task;
        }

        await following.WaitAsync(ct);

        // One statement, so that both are of the same moment.
        var rows = (await database.ReadAsync(connection => connection.QueryAsync<(int Epoch, long Position, Guid? Ticket, DateTime? From)>(new CommandDefinition(
            """
            SELECT coalesce((SELECT max(epoch) FROM communication_log), 1), coalesce((SELECT max(position) FROM communication_events), 0), p.ticket_id, p.visible_from
            FROM (SELECT 1) AS one
            LEFT JOIN (
                SELECT m.ticket_id, m.visible_from FROM ticket_participants AS m JOIN chat_rooms AS r ON r.id = m.ticket_id
                WHERE m.user_id = @owner AND m.left_at IS NULL AND NOT m.is_deleted AND (r.status NOT IN ('closed', 'rejected') OR r.updated_at > @recently)) AS p ON true
            """,
            new { owner, recently = clock.GetUtcNow().AddDays(-30) },
            cancellationToken: ct)), ct)).AsList();
        return (
            new LogPosition(rows[0].Epoch, rows[0].Position),
            rows.Where(r => r.Ticket is not null).ToDictionary(r => r.Ticket!.Value, r => new DateTimeOffset(DateTime.SpecifyKind(r.From!.Value, DateTimeKind.Utc))));
    }

    /// <summary>Whether what somebody missed after <paramref name="last"/> can be told: false when that is too long ago, or in a log that does not go on in this one.</summary>
    public async Task<bool> CanReplayAsync(LogPosition last, LogPosition end, CancellationToken ct) =>
        last.Epoch > 0 && last.Epoch <= end.Epoch && last.Position <= end.Position && end.Position - last.Position <= rules.MostReplayed
        && (last.Epoch == end.Epoch || (await events.AfterAsync(last, 1, ct)).From == last.Position);

    /// <summary>The news after <paramref name="after"/>, up to <paramref name="end"/> at most.</summary>
    /// <returns>And where to go on; null at the end.</returns>
    public async Task<(IReadOnlyList<LiveNews> News, LogPosition? Next)> ReplayAsync(LogPosition after, LogPosition end, CancellationToken ct)
    {
        var part = await events.AfterAsync(after, AtOnce, ct);
        var news = (await NewsAsync(await WithoutDeletedAsync(part.Events, ct), ct)).Where(n => n.Position <= end).ToList();
        return (news, part.Events.Count == AtOnce && part.To < end.Position ? new LogPosition(part.Epoch, part.To) : null);
    }

    public void GoOn(LiveStream stream, LogPosition at, Dictionary<Guid, DateTimeOffset> rooms)
    {
        lock (_gate)
        {
            stream.GoOn(at, rooms);
        }
    }

    /// <summary>Gives it to everybody who may have it, and keeps nothing of it.</summary>
    public void Pass(LiveNews news)
    {
        lock (_gate)
        {
            foreach (var stream in _all)
            {
                stream.OfferPassing(news);
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var ticking = TickAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Blind(log, DatabaseFaults.Describe(e));
                await Task.Delay(Look * 5, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }

        await ticking;
        lock (_gate)
        {
            _stopped = true;
            Array.ForEach(_all, s => s.HangUp());
        }
    }

    async Task FollowAsync(CancellationToken ct)
    {
        Task somebody;
        lock (_gate)
        {
            if (_all.Length == 0)
            {
                // Nobody is left: who comes next waits until it is read again.
                (_somebody, _following) = (_somebody.Task.IsCompleted ? New() : _somebody, _following.Task.IsCompleted ? New() : _following);
            }

            somebody = _somebody.Task;
        }

        if (!_following.Task.IsCompleted)
        {
            await somebody.WaitAsync(ct);
            _at = await EndAsync(ct);
            _following.TrySetResult();
        }

        var signal = events.NextAppendAsync();
        if (!await StepAsync(ct))
        {
            await Task.WhenAny(signal, Task.Delay(Look, ct));
        }

        await Task.Delay(Breath, ct);
    }

    Task<LogPosition> EndAsync(CancellationToken ct) => database.ReadAsync(async connection =>
    {
        var (epoch, position) = await connection.QuerySingleAsync<(int, long)>(new CommandDefinition(
            "SELECT coalesce((SELECT max(epoch) FROM communication_log), 1), coalesce((SELECT max(position) FROM communication_events), 0)", cancellationToken: ct));
        return new LogPosition(epoch, position);
    }, ct);

    /// <returns>Whether there may be more.</returns>
    async Task<bool> StepAsync(CancellationToken ct)
    {
        LogPart part;
        try
        {
            part = await events.AfterAsync(_at, AtOnce, ct);
        }
        catch (Refusal e) when (e.Code == Codes.LogWentBack)
        {
            part = new LogPart(-1, 0, 0, []);
        }

        // A new epoch that begins behind what was sent is the same log in another home, and goes on.
        if (part.Epoch < _at.Epoch || part.From < _at.Position)
        {
            // Another log: what was sent of the old one may never have happened. Everybody comes again, and is told to begin anew.
            lock (_gate)
            {
                Array.ForEach(_all, s => s.HangUp());
            }

            _at = await EndAsync(ct);
            return true;
        }

        var news = await NewsAsync(part.Events, ct);
        lock (_gate)
        {
            foreach (var one in news)
            {
                Array.ForEach(_all, s => s.Offer(one));
            }

            _at = new LogPosition(part.Epoch, part.To);
        }

        return part.Events.Count == AtOnce;
    }

    async Task<IReadOnlyList<LiveNews>> NewsAsync(IReadOnlyList<RecordedEvent> recorded, CancellationToken ct)
    {
        if (recorded.Count == 0)
        {
            return [];
        }

        return await database.ReadAsync<IReadOnlyList<LiveNews>>(async connection =>
        {
            var names = await Names.ReadAsync(connection, recorded.SelectMany(LiveNews.PeopleIn), ct);
            var reopened = recorded.Where(e => e.Type == "room.changed.v1" && (string?)e.Data["change"] == "ticket.reopened.v1").Select(e => e.StreamId).ToArray();
            var parts = reopened.Length == 0
                ? null
                : (await connection.QueryAsync<(Guid Ticket, Guid User, DateTime From)>(new CommandDefinition(
                    "SELECT ticket_id, user_id, visible_from FROM ticket_participants WHERE ticket_id = ANY(@reopened) AND left_at IS NULL AND NOT is_deleted",
                    new { reopened },
                    cancellationToken: ct))).ToLookup(p => p.Ticket);
            return
            [
                .. recorded.Select(e => LiveNews.Of(e, names)).OfType<LiveNews>().Select(n => parts?.Contains(n.TicketId) == true && n.Audience == Audience.Ticket
                    // Streams forget tickets that have been closed for long.
                    ? n with { Everybody = parts[n.TicketId].ToDictionary(p => p.User, p => new DateTimeOffset(DateTime.SpecifyKind(p.From, DateTimeKind.Utc))) }
                    : n),
            ];
        }, ct);
    }

    /// <summary>Ends the streams whose token has ended, and lets the others and what is between know that they are there.</summary>
    async Task TickAsync(CancellationToken ct)
    {
        var since = TimeSpan.Zero;
        while (!ct.IsCancellationRequested)
        {
            await Task.Delay(Tick, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var now = clock.GetUtcNow();
            foreach (var over in _all.Where(s => s.EndsAt <= now))
            {
                over.HangUp();
            }

            since += Tick;
            if (since >= CommunicationRules.Heartbeat)
            {
                since = TimeSpan.Zero;
                lock (_gate)
                {
                    var beat = LiveNews.Heartbeat(_at);
                    Array.ForEach(_all, s => s.OfferPassing(beat));
                }
            }
        }
    }

    /// <summary>What was taken out of sight since is not brought back by telling how it was written.</summary>
    async Task<IReadOnlyList<RecordedEvent>> WithoutDeletedAsync(IReadOnlyList<RecordedEvent> recorded, CancellationToken ct)
    {
        var ids = recorded.Where(SaysSomething).Select(e => e.StreamId).Distinct().ToArray();
        if (ids.Length == 0)
        {
            return recorded;
        }

        var deleted = (await database.ReadAsync(connection => connection.QueryAsync<Guid>(new CommandDefinition(
            "SELECT id FROM chat_messages WHERE id = ANY(@ids) AND is_deleted", new { ids }, cancellationToken: ct)), ct)).ToHashSet();
        return [.. recorded.Where(e => !SaysSomething(e) || !deleted.Contains(e.StreamId))];

        static bool SaysSomething(RecordedEvent e) => e.Type is "message.posted.v1" or "message.edited.v1";
    }

    static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(520, LogLevel.Warning, "Live streams get nothing for the moment, for the log can't be read: {Reason}")]
    static partial void Blind(ILogger logger, string reason);
}
