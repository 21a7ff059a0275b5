using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Rebuild;
using Npgsql;

namespace Hdms.Communication.Chat;

/// <summary>A ticket's chat, as the row says.</summary>
sealed record Room : RoomState
{
    public long Version { get; init; }

    /// <summary>How far in the tickets service's log it was heard.</summary>
    internal LogPosition Heard => new(HeardEpoch, HeardPosition);
}

/// <summary>How a request names a ticket: by its id, or by its number.</summary>
readonly record struct RoomKey(string Text)
{
    public Guid? Id { get; } = Guid.TryParse(Text, out var id) ? id : null;

    // Of two tickets that were given one number, after a restore, the later one has it.
    string Where => Id is null ? "WHERE r.number = @Number AND NOT r.is_deleted ORDER BY r.heard_epoch DESC LIMIT 1" : "WHERE r.id = @Id AND NOT r.is_deleted";

    object Args => new { Id, Number = Text.ToUpperInvariant() };

    public Task<Room?> FindAsync(NpgsqlConnection connection, CancellationToken ct) => RoomTable.Rows.FindAsync(connection, Where, Args, ct);

    /// <summary>The row, kept from other writers until the unit of work ends.</summary>
    public Task<Room?> LockAsync(UnitOfWork unit) => RoomTable.Rows.FindAsync(unit, $"{Where} FOR UPDATE", Args);
}

/// <summary>Reads and writes rows of <c>chat_rooms</c>; every write appends the event that tells of it.</summary>
static class RoomTable
{
    public static readonly Table<Room> Rows = new("chat_rooms");

    /// <summary>Every event of one has the whole row.</summary>
    public static readonly StateTable FromEvents = StateTable.Of("chat_rooms", Rows, Stream).Whole<RoomState>();

    /// <summary>Writes what was heard of a ticket, over the locked row or as a new one.</summary>
    public static async Task<Room> SaveAsync(UnitOfWork unit, Room? before, Room after, string change)
    {
        var row = after with { Version = (before?.Version ?? 0) + 1 };
        await (before is null ? Rows.InsertAsync(unit, row) : Rows.UpdateAsync(unit, row));
        await unit.AppendAsync(
            before is null ? new EventStream(row.Id, 0) : Stream(before), Whole<RoomState>.As<RoomChanged>(row) with { Change = change });
        return row;
    }

    static EventStream Stream(Room room) => new(room.Id, room.Version) { Imported = () => Whole<RoomState>.As<RoomImported>(room) };
}
