using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.Lifecycle;
using Hdms.Tickets.Tickets;

namespace Hdms.Tickets.SubTickets;

/// <summary>Somebody in front of a sub-ticket: all that its lifecycle decides by.</summary>
/// <param name="Parent">The same person in front of the ticket that it is a part of.</param>
sealed record SubSituation(SubTicket Sub, Situation Parent)
{
    public Caller Caller => Parent.Caller;

    public Actor Actors =>
        (Caller.UserId is { } me && Sub.AssigneeId == me ? Actor.Head : Actor.None)
        | (Caller.Role == Role.Moderator ? Actor.Moderator : Actor.None);

    /// <summary>Whoever sees all of the parent sees its parts; so do the head who works on it and the head of that department.</summary>
    public bool IsSeen => Parent.Sight == Sight.Everything
        || Actors != Actor.None
        || (Caller.Role == Role.Assignee && Caller.DepartmentId == Sub.DepartmentId);

    /// <summary>The sub-ticket as it is just now, without keeping it from others.</summary>
    /// <exception cref="Refusal">404: there is none that the caller may see.</exception>
    public static async Task<SubSituation> LookAsync(TicketDesk desk, Guid id, Caller caller, CancellationToken ct)
    {
        var sub = await desk.Database.ReadAsync(c => SubTicketTable.Rows.FindAsync(c, "WHERE r.id = @id AND NOT r.is_deleted", new { id }, ct), ct)
            ?? throw Refusal.NotFound("sub-ticket");
        return Seen(new SubSituation(sub, await desk.LookAsync(sub.ParentTicketId, caller, ct)));
    }

    /// <summary>The sub-ticket and its parent, kept from other writers until the unit of work ends: the parent first, as everywhere.</summary>
    /// <exception cref="Refusal">404: there is none that the caller may see.</exception>
    public static async Task<SubSituation> LockAsync(TicketDesk desk, UnitOfWork unit, Guid id)
    {
        var parent = await unit.FindAsync<Guid?>("SELECT parent_ticket_id FROM sub_tickets WHERE id = @id AND NOT is_deleted", new { id })
            ?? throw Refusal.NotFound("sub-ticket");
        var situation = await desk.LockAsync(unit, parent);
        return Seen(new SubSituation(await SubTicketTable.LockAsync(unit, id), situation));
    }

    static SubSituation Seen(SubSituation s) => s.IsSeen ? s : throw Refusal.NotFound("sub-ticket");
}
