using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Problems;
using Hdms.Kit.Rebuild;

namespace Hdms.Tickets.SubTickets;

/// <summary>Reads and writes rows of <c>sub_tickets</c>; every write appends the event that tells of it.</summary>
static class SubTicketTable
{
    public static readonly Table<SubTicket> Rows = new("sub_tickets");

    /// <summary>Every event of one has the whole row.</summary>
    public static readonly StateTable FromEvents = new StateTable("sub_tickets", async (unit, id) => Stream(await Rows.LockAsync(unit, id))).Whole<SubTicketState>();

    /// <summary>The row, kept from other writers until the unit of work ends. Lock its ticket first.</summary>
    /// <exception cref="Refusal">404: there is none.</exception>
    public static async Task<SubTicket> LockAsync(UnitOfWork unit, Guid id) =>
        await Rows.FindAsync(unit, "WHERE r.id = @id AND NOT r.is_deleted FOR UPDATE", new { id }) ?? throw Refusal.NotFound("sub-ticket");

    public static async Task<SubTicket> InsertAsync<T>(UnitOfWork unit, SubTicket thing)
        where T : SubTicketState, new()
    {
        var row = thing with { Id = Guid.CreateVersion7(unit.Now), CreatedAt = unit.Now, UpdatedAt = unit.Now, Version = 1 };
        await Rows.InsertAsync(unit, row);
        var e = row.As<T>();
        await unit.AppendAsync(new EventStream(row.Id, 0), e, new Audit(After: e));
        return row;
    }

    /// <summary>Writes <paramref name="after"/> over the locked row and tells of it as a <typeparamref name="T"/>.</summary>
    public static async Task<SubTicket> SaveAsync<T>(UnitOfWork unit, SubTicket before, SubTicket after, string? reason = null, Func<T, T>? with = null)
        where T : SubTicketState, new()
    {
        var row = after with { UpdatedAt = unit.Now, Version = before.Version + 1 };
        await Rows.UpdateAsync(unit, row);
        var e = row.As<T>();
        await unit.AppendAsync(Stream(before), with is null ? e : with(e), Audit.Between<SubTicketState>(before, row, reason));
        return row;
    }

    static EventStream Stream(SubTicket row) => new(row.Id, row.Version) { Imported = () => row.As<SubTicketImported>() };
}
