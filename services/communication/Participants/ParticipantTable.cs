using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Rebuild;

namespace Hdms.Communication.Participants;

/// <summary>A membership in a ticket's chat, as the row says.</summary>
sealed record Participant : ParticipantState
{
    public long Version { get; init; }
}

/// <summary>Reads and writes rows of <c>ticket_participants</c>; every write appends the event that tells of it.</summary>
static class ParticipantTable
{
    public static readonly Table<Participant> Rows = new("ticket_participants");

    /// <summary>Every event of one has the whole row.</summary>
    public static readonly StateTable FromEvents = StateTable.Of("ticket_participants", Rows, Stream).Whole<ParticipantState>();

    /// <summary>Everybody who takes part now; whoever has the room's row has these.</summary>
    public static Task<IReadOnlyList<Participant>> LiveAsync(UnitOfWork unit, Guid ticket) =>
        Rows.QueryAsync(unit, "WHERE r.ticket_id = @ticket AND r.left_at IS NULL AND NOT r.is_deleted ORDER BY r.joined_at, r.id FOR UPDATE", new { ticket });

    public static Task<Participant?> FindLiveAsync(UnitOfWork unit, Guid ticket, Guid user) => Rows.FindAsync(
        unit, "WHERE r.ticket_id = @ticket AND r.user_id = @user AND r.left_at IS NULL AND NOT r.is_deleted FOR UPDATE", new { ticket, user });

    public static async Task<Participant> JoinAsync(
        UnitOfWork unit, Guid ticket, Guid user, RoleInTicket role, DateTimeOffset at, DateTimeOffset? visibleFrom = null, Guid? addedBy = null, string? reason = null)
    {
        var row = new Participant
        {
            Id = Guid.CreateVersion7(at),
            TicketId = ticket,
            UserId = user,
            RoleInTicket = role,
            JoinedAt = at,
            VisibleFrom = visibleFrom ?? at,
            AddedBy = addedBy,
            CreatedAt = at,
            UpdatedAt = at,
            Version = 1,
        };
        await Rows.InsertAsync(unit, row);
        var e = Whole<ParticipantState>.As<ParticipantJoined>(row);
        await unit.AppendAsync(new EventStream(row.Id, 0), e, new Audit(After: e, Reason: reason));
        return row;
    }

    public static Task<Participant> LeaveAsync(UnitOfWork unit, Participant who, DateTimeOffset at, Guid? removedBy = null) =>
        SaveAsync<ParticipantLeft>(unit, who, who with { LeftAt = at, RemovedBy = removedBy });

    /// <summary>Writes <paramref name="after"/> over the locked row and tells of it as a <typeparamref name="T"/>.</summary>
    public static async Task<Participant> SaveAsync<T>(UnitOfWork unit, Participant before, Participant after, string? reason = null)
        where T : ParticipantState, new()
    {
        var row = after with { UpdatedAt = unit.Now, Version = before.Version + 1 };
        await Rows.UpdateAsync(unit, row);
        await unit.AppendAsync(Stream(before), Whole<ParticipantState>.As<T>(row), Audit.Between<ParticipantState>(before, row, reason));
        return row;
    }

    static EventStream Stream(Participant row) => new(row.Id, row.Version) { Imported = () => Whole<ParticipantState>.As<ParticipantImported>(row) };
}
