using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Tickets.Approvals;
using Hdms.Tickets.Sla;
using Hdms.Tickets.Tickets;

namespace Hdms.Tickets.Organisation;

/// <summary>Row 37: the work of a head who is gone.</summary>
static class Handover
{
    /// <summary>Gives the locked ticket to the department's head of now, or back to the moderators; one that is postponed stays so, and is given back when it goes on.</summary>
    public static async Task<Ticket> PassOnAsync(UnitOfWork unit, Ticket ticket, TicketTable tickets)
    {
        var department = await DepartmentReplica.FindAsync(unit.Connection, ticket.DepartmentId!.Value, unit.Ct);
        if (department is { HeadMayWork: true, HeadId: { } head } && head != ticket.AssigneeId && await HeadsReplica.HoldAsync(unit, head))
        {
            return await tickets.SaveAsync<TicketReassigned>(
                unit,
                ticket,
                ticket with
                {
                    AssigneeId = head,
                    AssignedAt = (ticket.PreviousStatus ?? ticket.Status) == TicketStatus.Assigned ? unit.Now : ticket.AssignedAt,
                    AcknowledgedAt = null,
                    AcknowledgedByTeam = [],
                },
                with: e => e with { PreviousDepartmentId = ticket.DepartmentId, PreviousAssigneeId = ticket.AssigneeId });
        }

        return ticket.IsAtWork ? await ReturnAsync(unit, ticket, tickets) : ticket;
    }

    /// <summary>What goes on after a rest, during which its head has gone.</summary>
    public static async Task<Ticket> PassOnIfGoneAsync(UnitOfWork unit, Ticket ticket, TicketTable tickets) =>
        ticket.IsAtWork && ticket.AssigneeId is { } head && !await HeadsReplica.HoldAsync(unit, head)
            ? await PassOnAsync(unit, ticket, tickets)
            : ticket;

    static async Task<Ticket> ReturnAsync(UnitOfWork unit, Ticket ticket, TicketTable tickets)
    {
        await Endings.EndApprovalsAsync(unit, ticket);
        await Endings.EndRequestsAsync(unit, ticket);
        var back = ApprovalChain.Over(ticket, TicketStatus.UnderReview) with
        {
            AssigneeId = null,
            ClaimedBy = null,
            AssignedAt = null,
            AcknowledgedAt = null,
            AcknowledgedByTeam = [],
            PostponeRequested = false,
            SlaChangedAt = null,
        };
        return await tickets.SaveAsync<TicketReturnedToQueue>(
            unit, ticket, SlaRules.Paused(back, "returned_to_queue", await CalendarTable.OfClockAsync(unit, ticket), unit.Now),
            with: e => e with { PreviousAssigneeId = ticket.AssigneeId });
    }
}
