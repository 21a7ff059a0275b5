using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Rebuild;
using Hdms.Tickets.Tickets;
using Npgsql;

namespace Hdms.Tickets.Approvals;

/// <summary>Who decides in an approver's place, as the row says.</summary>
sealed record Substitute : SubstituteState
{
    public long Version { get; init; }

    /// <summary>The whole state as an event.</summary>
    public T As<T>()
        where T : SubstituteState, new() => Whole<SubstituteState>.As<T>(this);
}

/// <summary>Reads and writes rows of <c>substitutes</c>; every write appends the event that tells of it.</summary>
static class SubstituteTable
{
    public static readonly Table<Substitute> Rows = new("substitutes");

    /// <summary>Every event of one has the whole row.</summary>
    public static readonly StateTable FromEvents = new StateTable("substitutes", async (unit, id) => Stream(await Rows.LockAsync(unit, id))).Whole<SubstituteState>();

    public static async Task<Substitute> InsertAsync(UnitOfWork unit, Substitute substitute)
    {
        var row = substitute with { Id = Guid.CreateVersion7(unit.Now), CreatedAt = unit.Now, UpdatedAt = unit.Now, Version = 1 };
        await Rows.InsertAsync(unit, row);
        await unit.AppendAsync(new EventStream(row.Id, 0), row.As<SubstituteNamed>(), new Audit(After: row.As<SubstituteNamed>()));
        return row;
    }

    public static async Task RemoveAsync(UnitOfWork unit, Substitute before)
    {
        var row = before with { IsDeleted = true, DeletedAt = unit.Now, UpdatedAt = unit.Now, Version = before.Version + 1 };
        await Rows.UpdateAsync(unit, row);
        await unit.AppendAsync(Stream(before), row.As<SubstituteRemoved>(), Audit.Between<SubstituteState>(before, row));
    }

    public static async Task<IReadOnlyList<SubstituteView>> ViewsAsync(NpgsqlConnection connection, IReadOnlyList<Substitute> substitutes, CancellationToken ct)
    {
        var names = await Names.ReadAsync(connection, substitutes.SelectMany(s => new[] { s.ApproverId, s.SubstituteId }), [], ct);
        return
        [
            .. substitutes.Select(s => new SubstituteView(
                s.Id, names.Person(s.ApproverId)!, names.Person(s.SubstituteId)!, s.StartsAt, s.EndsAt, s.CreatedAt, s.Version)),
        ];
    }

    static EventStream Stream(Substitute row) => new(row.Id, row.Version) { Imported = () => row.As<SubstituteImported>() };
}
