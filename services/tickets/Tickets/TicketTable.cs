using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Problems;
using Hdms.Kit.Rebuild;
using Hdms.Tickets.Organisation;
using Hdms.Tickets.Timers;
using Npgsql;

namespace Hdms.Tickets.Tickets;

/// <summary>Reads and writes rows of <c>tickets</c>; every write appends the event that tells of it and sets the ticket's timers.</summary>
sealed class TicketTable(TicketRules rules)
{
    public static readonly Table<Ticket> Rows = new("tickets");

    /// <summary>Every event of one has the whole row.</summary>
    public static readonly StateTable FromEvents = StateTable.Of("tickets", Rows, Stream).Whole<TicketState>();

    /// <summary>The row, or null; not one that was deleted.</summary>
    public static Task<Ticket?> FindAsync(NpgsqlConnection connection, TicketKey key, CancellationToken ct) =>
        Rows.FindAsync(connection, $"WHERE {key.Where} AND NOT r.is_deleted", key.Args, ct);

    /// <summary>The row, kept from other writers until the unit of work ends.</summary>
    /// <exception cref="Refusal">404: there is none.</exception>
    public static async Task<Ticket> LockAsync(UnitOfWork unit, TicketKey key) =>
        await Rows.FindAsync(unit, $"WHERE {key.Where} AND NOT r.is_deleted FOR UPDATE", key.Args) ?? throw Refusal.NotFound("ticket");

    public static EventStream Stream(Ticket ticket) => new(ticket.Id, ticket.Version) { Imported = () => ticket.As<TicketImported>() };

    public async Task<Ticket> InsertAsync(UnitOfWork unit, Ticket ticket)
    {
        var row = New(unit, ticket);
        await Rows.InsertAsync(unit, row);
        TimerTable.Plan(unit, null, row, rules);
        await DraftedAsync(unit, row);
        return row;
    }

    /// <summary>
    /// A ticket that is submitted as it is drafted: two events tell of it, and one row is written. All of it with the COMMIT, for whoever
    /// has a number keeps everybody else from the next one.
    /// </summary>
    /// <param name="draft">As <see cref="New"/> gives it.</param>
    /// <param name="submit">Gives it its number.</param>
    public async Task<Ticket> InsertAsync(UnitOfWork unit, Ticket draft, Func<Task<Ticket>> submit)
    {
        await DraftedAsync(unit, draft);
        var row = await submit() with { Version = draft.Version + 1 };
        Rows.InsertAtCommit(unit, row);
        TimerTable.Plan(unit, null, row, rules);
        await unit.AppendAsync(Stream(draft), row.As<TicketSubmitted>(), Audit.Between<TicketState>(draft, row));
        return row;
    }

    public static Ticket New(UnitOfWork unit, Ticket ticket) => ticket with { CreatedAt = unit.Now, UpdatedAt = unit.Now, Version = 1 };

    static Task<long> DraftedAsync(UnitOfWork unit, Ticket row)
    {
        var drafted = row.As<TicketDrafted>();
        return unit.AppendAsync(new EventStream(row.Id, 0), drafted, new Audit(After: drafted));
    }

    /// <summary>
    /// Writes <paramref name="after"/> over the locked row and tells of it as a <typeparamref name="T"/>. What could be undone before
    /// can't be any longer, unless this is an action that can.
    /// </summary>
    /// <param name="with">Fills the event's own members in.</param>
    public async Task<Ticket> SaveAsync<T>(UnitOfWork unit, Ticket before, Ticket after, string? reason = null, Func<T, T>? with = null, bool undoable = false)
        where T : TicketState, new()
    {
        var row = after with { UpdatedAt = unit.Now, Version = before.Version + 1 };
        if (!undoable)
        {
            row = row with { UndoAction = null, UndoBy = null, UndoUntil = null };
        }

        await Rows.UpdateAsync(unit, row);
        TimerTable.Plan(unit, before, row, rules);
        if (before.IsAtWork && before.DepartmentId is { } left && !(row.IsAtWork && row.DepartmentId == left))
        {
            await DepartmentQueue.LookAtAsync(unit, left);
        }

        // Who made room at the same moment saw nobody wait.
        if (row.QueuedAt is not null && row.QueuedAt != before.QueuedAt)
        {
            await DepartmentQueue.LookAtAsync(unit, row.DepartmentId!.Value);
        }

        var e = row.As<T>();
        await unit.AppendAsync(Stream(before), with is null ? e : with(e), Audit.Between<TicketState>(before, row, reason));
        return row;
    }
}
