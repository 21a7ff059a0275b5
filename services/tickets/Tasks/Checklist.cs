using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.Lifecycle;
using Hdms.Tickets.SubTickets;
using Hdms.Tickets.Tickets;

namespace Hdms.Tickets.Tasks;

/// <summary>
/// Somebody in front of the checklist of a ticket or a sub-ticket. It is the department's own: its head and its team see it, and
/// moderators; to everybody else there is none, the requester and admins among them.
/// </summary>
/// <param name="Ticket">The ticket, or the sub-ticket's parent.</param>
/// <param name="Sub">Null for the ticket's own.</param>
sealed record Checklist(Situation Ticket, SubTicket? Sub)
{
    public Guid? TicketId => Sub is null ? Ticket.Ticket.Id : null;

    public Guid? DepartmentId => Sub?.DepartmentId ?? Ticket.Ticket.DepartmentId;

    Caller Caller => Ticket.Caller;

    /// <summary>The head in whose hands the work is.</summary>
    public bool IsHead => Caller.UserId is { } me && me == (Sub is null ? Ticket.Ticket.AssigneeId : Sub.AssigneeId);

    bool IsClosed => Sub is null ? Ticket.Ticket.IsTerminal : Sub.Status == SubTicketStatus.Closed;

    /// <summary>The checklist of a ticket, without keeping the ticket from others.</summary>
    /// <exception cref="Refusal">404: there is none that the caller may see.</exception>
    public static async Task<Checklist> OfTicketAsync(TicketDesk desk, TicketKey key, Caller caller, CancellationToken ct) =>
        new Checklist(await desk.LookAsync(key, caller, ct), null).Seen("ticket");

    /// <inheritdoc cref="OfTicketAsync"/>
    public static async Task<Checklist> OfSubTicketAsync(TicketDesk desk, Guid id, Caller caller, CancellationToken ct)
    {
        var sub = await desk.Database.ReadAsync(c => SubTicketTable.Rows.FindAsync(c, "WHERE r.id = @id AND NOT r.is_deleted", new { id }, ct), ct)
            ?? throw Refusal.NotFound("sub-ticket");
        return new Checklist(await desk.LookAsync(sub.ParentTicketId, caller, ct), sub).Seen("sub-ticket");
    }

    /// <summary>As <see cref="OfTicketAsync"/>, kept from other writers until the unit of work ends.</summary>
    public static async Task<Checklist> LockTicketAsync(TicketDesk desk, UnitOfWork unit, TicketKey key, string what = "ticket") =>
        new Checklist(await desk.LockAsync(unit, key), null).Seen(what);

    /// <summary>As <see cref="OfSubTicketAsync"/>, kept from other writers until the unit of work ends: the parent first, as everywhere.</summary>
    public static async Task<Checklist> LockSubTicketAsync(TicketDesk desk, UnitOfWork unit, Guid id, string what = "sub-ticket")
    {
        var parent = await unit.FindAsync<Guid?>("SELECT parent_ticket_id FROM sub_tickets WHERE id = @id AND NOT is_deleted", new { id })
            ?? throw Refusal.NotFound("sub-ticket");
        var situation = await desk.LockAsync(unit, parent);
        return new Checklist(situation, await SubTicketTable.LockAsync(unit, id)).Seen(what);
    }

    /// <summary>A task and the checklist that it is on, both locked, the checklist's ticket first.</summary>
    /// <exception cref="Refusal">404: there is none that the caller may see.</exception>
    public static async Task<(InternalTask Task, Checklist List)> LockTaskAsync(TicketDesk desk, UnitOfWork unit, Guid id)
    {
        var (ticket, sub) = await unit.FindAsync<(Guid?, Guid?)>("SELECT ticket_id, sub_ticket_id FROM internal_tasks WHERE id = @id AND NOT is_deleted", new { id });
        if (ticket is null && sub is null)
        {
            throw Refusal.NotFound("task");
        }

        // To whom it is not shown it is not told that there is one.
        var list = sub is { } part ? await LockSubTicketAsync(desk, unit, part, "task") : await LockTicketAsync(desk, unit, ticket!.Value, "task");
        var task = await TaskTable.Rows.FindAsync(unit, "WHERE r.id = @id AND NOT r.is_deleted FOR UPDATE", new { id });
        return task is not null && list.Shows(task) ? (task, list) : throw Refusal.NotFound("task");
    }

    /// <summary>After the work has gone to another department, what the one before had noted is for moderators only.</summary>
    public bool Shows(InternalTask task) => Caller.Role == Role.Moderator || task.DepartmentId == DepartmentId;

    /// <exception cref="Refusal">422: the work is over.</exception>
    public void MustBeOpen(string action)
    {
        if (IsClosed)
        {
            throw Refusal.InvalidTransition(Sub is null ? Ticket.Ticket.Status.Word() : Sub.Status.Word(), action, []);
        }
    }

    Checklist Seen(string what) => IsSeen ? this : throw Refusal.NotFound(what);

    bool IsSeen => Ticket.Ticket.Status != TicketStatus.Draft
        && (Caller.Role == Role.Moderator
            || IsHead
            || (DepartmentId is { } department
                && (Ticket.Standing.TeamOf.Contains(department) || (Caller.Role == Role.Assignee && Caller.DepartmentId == department))));
}
