using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Tickets.Tickets;
using Hdms.Tickets.Timers;

namespace Hdms.Tickets.Organisation;

/// <summary>Tickets that wait for room in their department; first come, first served (DOMAIN.md section 4, row 9).</summary>
static class DepartmentQueue
{
    /// <summary>
    /// There may be room now: looked at right after this unit of work, so that nobody waits for two departments at once. Who queues
    /// and who makes room can't see one another before they have committed; so each of them has it looked at.
    /// </summary>
    public static Task LookAtAsync(UnitOfWork unit, Guid department) => unit.ExecuteAsync(
        """
        INSERT INTO ticket_timers (subject_id, kind, due_at)
        SELECT @department, @kind, @Now
        WHERE EXISTS (SELECT FROM tickets_replica_departments WHERE id = @department AND queue_enabled)
           OR EXISTS (SELECT FROM tickets WHERE department_id = @department AND queued_at IS NOT NULL)
        ON CONFLICT DO NOTHING
        """,
        new { department, kind = TimerKind.TakeFromQueue.Word(), unit.Now });

    /// <summary>Gives the first of those that wait to the head, one by one, while there is room.</summary>
    public static async Task TakeAsync(UnitOfWork unit, Guid id, TicketTable tickets)
    {
        // A ticket before its department, as everywhere; who queues behind it meanwhile is not looked at.
        var first = await TicketTable.Rows.FindAsync(
            unit, "WHERE r.department_id = @id AND r.queued_at IS NOT NULL AND NOT r.is_deleted ORDER BY r.queued_at, r.id LIMIT 1 FOR UPDATE", new { id });
        if (first?.QueuedAt is null || await DepartmentReplica.FindAsync(unit.Connection, id, unit.Ct) is not { HeadMayWork: true, TakesTickets: true } department)
        {
            return;
        }

        await DepartmentReplica.HoldForWorkAsync(unit, department);
        if (!await HeadsReplica.HoldAsync(unit, department.HeadId!.Value))
        {
            return;
        }

        var atWork = await unit.SingleAsync<long>(
            "SELECT count(*) FROM tickets WHERE department_id = @id AND status IN ('assigned', 'in_progress', 'waiting_approval', 'approved') AND NOT is_deleted", new { id });
        if (atWork >= department.TotalCapacity)
        {
            return;
        }

        await tickets.SaveAsync<TicketAssigned>(unit, first, await Assignment.AssignedAsync(unit, first, department));
        await LookAtAsync(unit, id);
    }
}
