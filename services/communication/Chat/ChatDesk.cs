using Hdms.Communication.Organisation;
using Hdms.Communication.Participants;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Kit.References;
using Npgsql;

namespace Hdms.Communication.Chat;

/// <summary>What the handlers of chats work with.</summary>
sealed class ChatDesk(ServiceDatabase database, TicketsClient tickets, UsersDirectory users, ReferenceChecks references, CommunicationRules rules)
{
    /// <summary>As long as somebody rather waits than tries again: past a change of the tickets' home, too.</summary>
    static readonly TimeSpan HearingLasts = TimeSpan.FromSeconds(6);
    static readonly TimeSpan ComeAgain = TimeSpan.FromSeconds(2);
    static readonly TimeSpan Look = TimeSpan.FromMilliseconds(25);

    public ServiceDatabase Database => database;

    public CommunicationRules Rules => rules;

    /// <summary>The caller in front of the chat as it is just now.</summary>
    /// <exception cref="Refusal">403 and 404, as <see cref="Seat.MustSee"/>; 403 when it is no person who asks.</exception>
    public async Task<Seat> SeeAsync(string key, Caller caller, CancellationToken ct)
    {
        var me = caller.Person;
        var seat = await FindAsync(new RoomKey(key), caller, me, ct);
        if (seat is null)
        {
            await HearAsync(key, ct);
            seat = await FindAsync(new RoomKey(key), caller, me, ct);
        }

        return (seat ?? throw Refusal.NotFound("ticket")).MustSee();
    }

    /// <summary>Runs a request's unit of work with the caller in front of the locked chat.</summary>
    public async Task<Answer<T>> AnswerAsync<T>(string key, Caller caller, Func<UnitOfWork, Seat, Task<Answer<T>>> work, CancellationToken ct)
    {
        var me = caller.Person;
        try
        {
            return await TryAsync();
        }
        catch (NotHeardOfException)
        {
            await HearAsync(key, ct);
            return await TryAsync();
        }

        Task<Answer<T>> TryAsync() => database.AnswerAsync(caller, async unit =>
        {
            var room = await new RoomKey(key).LockAsync(unit) ?? throw new NotHeardOfException();
            return await work(unit, new Seat(room, caller, await ParticipantTable.FindLiveAsync(unit, room.Id, me)));
        }, ct);
    }

    /// <exception cref="Refusal">422 <c>unknown_reference</c>, 503 <c>reference_unavailable</c>.</exception>
    public Task MustKnowAsync(Guid user, CancellationToken ct) => references.CheckAsync([("user_id", user, users.ActiveUser)], ct);

    Task<Seat?> FindAsync(RoomKey key, Caller caller, Guid me, CancellationToken ct) => database.ReadAsync(async connection =>
        await key.FindAsync(connection, ct) is { } room ? new Seat(room, caller, await MembershipAsync(connection, room.Id, me, ct)) : null, ct);

    static Task<Participant?> MembershipAsync(NpgsqlConnection connection, Guid room, Guid me, CancellationToken ct) => ParticipantTable.Rows.FindAsync(
        connection, "WHERE r.ticket_id = @room AND r.user_id = @me AND r.left_at IS NULL AND NOT r.is_deleted", new { room, me }, ct);

    /// <summary>A ticket that was submitted a moment ago: its feed is on the way.</summary>
    /// <exception cref="Refusal">404: there is no such ticket; 503: it was not heard of in time.</exception>
    async Task HearAsync(string key, CancellationToken ct)
    {
        if (await tickets.FindAsync(key, ct) is not { Status: not TicketStatus.Draft })
        {
            throw Refusal.NotFound("ticket");
        }

        using var patience = new CancellationTokenSource(HearingLasts);
        while (await database.ReadAsync(connection => new RoomKey(key).FindAsync(connection, ct), ct) is null)
        {
            if (patience.IsCancellationRequested)
            {
                throw Refusal.Unavailable(Codes.Unavailable, "The ticket is there, but its chat is not yet. Nothing was changed; try again.", ComeAgain);
            }

            await Task.Delay(Look, ct);
        }
    }

    /// <summary>Leaves the unit of work, in which nobody may be asked.</summary>
    sealed class NotHeardOfException : Exception;
}
