using System.Threading.Channels;
using Hdms.Contracts;
using Hdms.Kit.Http;

namespace Hdms.Communication.Live;

/// <summary>One open stream: whose it is, what its owner sees now, and the few pieces of news that wait to be sent.</summary>
sealed class LiveStream(Caller caller, DateTimeOffset endsAt)
{
    /// <summary>Who is further behind is hung up on, and comes again with its last id: nobody waits for them.</summary>
    const int MostWaiting = 256;

    readonly Channel<LiveNews> _waiting = Channel.CreateBounded<LiveNews>(
        new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true, SingleWriter = false });

    // Written anew with each change, so that it can be read at any time.
    volatile Dictionary<Guid, DateTimeOffset> _rooms = [];
    List<LiveNews>? _before = [];
    LogPosition _from;

    public Guid Owner { get; } = caller.Person;

    public DateTimeOffset EndsAt { get; } = endsAt;

    bool SeesAllChats => caller.Role == Role.Moderator;

    bool SeesAllTickets => caller.Role is Role.Moderator or Role.Admin;

    /// <summary>What waits to be sent; it ends when the stream does.</summary>
    public ChannelReader<LiveNews> Waiting => _waiting.Reader;

    /// <summary>Whether it may be sent now: asked when it is put to those that wait, and again when it is sent.</summary>
    public bool MaySend(LiveNews news) => news.Audience switch
    {
        Audience.Everybody => true,
        Audience.Person => news.Person == Owner,
        Audience.Chat => SeesChat(news),
        Audience.ChatAndPerson => news.Person == Owner || SeesChat(news),
        Audience.Ticket => SeesAllTickets || IsIn(news) || (caller is { Role: Role.Assignee, DepartmentId: not null } && caller.DepartmentId == news.Department),
        _ => false,
    };

    bool SeesChat(LiveNews news) => SeesAllChats || IsIn(news);

    bool IsIn(LiveNews news) => _rooms.TryGetValue(news.TicketId, out var from) && news.WrittenAt >= from;

    /// <summary>What the hub has; everything comes here in the order of the log, before it is known whether it may be sent.</summary>
    public void Offer(LiveNews news)
    {
        if (_before is not null)
        {
            _before.Add(news);
            if (_before.Count > MostWaiting * 16)
            {
                HangUp();
            }

            return;
        }

        // The hub may be behind the place up to which the owner was told what they had missed.
        if (news.Position > _from)
        {
            Take(news);
        }
    }

    /// <summary>What keeps no place in the log: dropped where it can't be sent just now.</summary>
    public void OfferPassing(LiveNews news)
    {
        if (_before is null && MaySend(news) && (news.Position == LogPosition.Start || news.Position > _from))
        {
            _waiting.Writer.TryWrite(news);
        }
    }

    /// <summary>Where the owner takes part, as long as nothing newer is known.</summary>
    public void Look(Dictionary<Guid, DateTimeOffset> rooms) => _rooms = rooms;

    /// <summary>From now on what is offered is sent. What was offered until then and is behind <paramref name="at"/> comes first.</summary>
    /// <param name="rooms">Where the owner takes part, as it was at that position.</param>
    public void GoOn(LogPosition at, Dictionary<Guid, DateTimeOffset> rooms)
    {
        (_rooms, _from) = (rooms, at);
        foreach (var news in _before!.Where(n => n.Position > at))
        {
            Take(news);
        }

        _before = null;
    }

    public void HangUp() => _waiting.Writer.TryComplete();

    void Take(LiveNews news)
    {
        if (news.Everybody is { } everybody)
        {
            Change(news.TicketId, everybody.TryGetValue(Owner, out var from) ? from : null);
        }

        // Before it is asked who may have it: who joins sees that they did, and who leaves sees nothing after that.
        if (news.Membership is { } part && part.UserId == Owner)
        {
            Change(news.TicketId, part.LeftAt is null ? part.VisibleFrom : null);
        }

        if (MaySend(news) && !_waiting.Writer.TryWrite(news))
        {
            HangUp();
        }
    }

    void Change(Guid ticket, DateTimeOffset? from)
    {
        if (_rooms.TryGetValue(ticket, out var now) ? now == from : from is null)
        {
            return;
        }

        var rooms = new Dictionary<Guid, DateTimeOffset>(_rooms);
        if (from is { } visible)
        {
            rooms[ticket] = visible;
        }
        else
        {
            rooms.Remove(ticket);
        }

        _rooms = rooms;
    }
}
