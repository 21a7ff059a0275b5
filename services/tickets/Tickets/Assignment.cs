using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Problems;
using Hdms.Tickets.Organisation;
using Hdms.Tickets.Sla;

namespace Hdms.Tickets.Tickets;

/// <summary>Giving a ticket to a department, which means to its head (DOMAIN.md section 4, rows 9 and 15).</summary>
static class Assignment
{
    /// <summary>Whether the department has room for one more. Its row is held, so that two who ask at once can't both get the last place.</summary>
    /// <exception cref="Refusal">422: no active head, or it takes no tickets; 409 <c>department_full</c>: no room, no queue, no reason to pass over it.</exception>
    public static async Task<bool> HasRoomAsync(UnitOfWork unit, DepartmentFacts department, string? overrideReason)
    {
        await DepartmentReplica.HoldForWorkAsync(unit, department);
        await HeadsReplica.MustHoldAsync(unit, department);
        if (!string.IsNullOrWhiteSpace(overrideReason))
        {
            return true;
        }

        var (atWork, queued) = await unit.SingleAsync<(long AtWork, bool Queued)>(
            """
            SELECT (SELECT count(*) FROM tickets WHERE department_id = @Id AND status IN ('assigned', 'in_progress', 'waiting_approval', 'approved') AND NOT is_deleted),
                   EXISTS (SELECT FROM tickets WHERE department_id = @Id AND queued_at IS NOT NULL)
            """,
            new { department.Id });

        // First come, first served: whoever comes now stands behind those who wait.
        if (atWork < department.TotalCapacity && !queued)
        {
            return true;
        }

        return department.QueueEnabled
            ? false
            : throw new Refusal(Codes.DepartmentFull, $"{department.Name} works on {atWork} tickets, of {department.TotalCapacity} at most. Give a reason (override_reason) to assign it all the same.")
            {
                Members = new Dictionary<string, object?> { ["active_tickets"] = atWork, ["total_capacity"] = department.TotalCapacity },
            };
    }

    /// <summary>Puts the ticket at the end of the department's queue; one that stands there keeps its place.</summary>
    public static async Task<Ticket> QueuedAsync(UnitOfWork unit, Ticket ticket, DepartmentFacts department, TicketTable tickets)
    {
        if (ticket.QueuedAt is not null && ticket.DepartmentId == department.Id)
        {
            return ticket;
        }

        return await tickets.SaveAsync<TicketQueued>(unit, ticket, ticket with { DepartmentId = department.Id, QueuedAt = unit.Now });
    }

    /// <summary>The ticket in its head's hands.</summary>
    public static async Task<Ticket> AssignedAsync(UnitOfWork unit, Ticket ticket, DepartmentFacts department)
    {
        var assigned = ticket with
        {
            Status = TicketStatus.Assigned,
            DepartmentId = department.Id,
            AssigneeId = department.HeadId,
            AssignedAt = unit.Now,
            AcknowledgedAt = null,
            AcknowledgedByTeam = [],
            AwaitingRequester = false,
            QueuedAt = null,
        };
        return SlaRules.Assigned(assigned, await CalendarTable.TermsAsync(unit, department.Id, ticket.Priority), unit.Now);
    }
}
