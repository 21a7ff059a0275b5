using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Feeds;
using Hdms.Kit.References;
using Hdms.Tickets.Approvals;
using Hdms.Tickets.Sla;
using Hdms.Tickets.SubTickets;
using Hdms.Tickets.Tickets;

namespace Hdms.Tickets.Organisation;

/// <summary>
/// What becomes of tickets when people and departments go: foreign keys' ON DELETE, across services (DESIGN section 5), and row 37
/// of the lifecycle. The handlers find nothing left to do when an event comes again.
/// </summary>
sealed class FollowHeads(TicketTable tickets)
{
    static readonly ReferencePolicy TicketDepartment = new("tickets", "tickets", "department_id", OnDelete.Restrict);
    static readonly ReferencePolicy TicketRequester = new("tickets", "tickets", "requester_id", OnDelete.Restrict);

    public void Handle(FeedHandlers on) => on
        .Event<UserDeactivated>((unit, user, e) => GoneAsync(unit, user.Id, e))
        .Event<UserDeleted>(async (unit, user, e) =>
        {
            await GoneAsync(unit, user.Id, e);
            await TicketRequester.ApplyAsync(unit, user.Id);
        })
        .Event<DepartmentChanged>(async (unit, department, e) =>
        {
            // The replica's own reader may be behind this one, which would look by the old capacity and the old head.
            await DepartmentReplica.TakeAsync(unit, department, e.Streamversion);
            await TakeOverAsync(unit, department);
            await DepartmentQueue.LookAtAsync(unit, department.Id);
        })
        .Event<DepartmentDeleted>((unit, department, _) => TicketDepartment.ApplyAsync(unit, department.Id));

    /// <summary>The work of a head who is gone goes to the department's new head, or back to the moderators.</summary>
    async Task GoneAsync(UnitOfWork unit, Guid head, FeedEvent e)
    {
        // The copy of people has a reader of its own, which may come to this event later.
        await unit.ExecuteAsync("UPDATE tickets_replica_users SET is_active = false WHERE id = @head AND version < @Streamversion", new { head, e.Streamversion });
        var theirs = await TicketTable.Rows.QueryAsync(
            unit,
            """
            WHERE r.assignee_id = @head AND r.status IN ('assigned', 'in_progress', 'waiting_approval', 'approved') AND NOT r.is_deleted
            ORDER BY r.id FOR UPDATE
            """,
            new { head });
        foreach (var ticket in theirs)
        {
            var department = await DepartmentReplica.FindAsync(unit.Connection, ticket.DepartmentId!.Value, unit.Ct);
            if (department is { HeadMayWork: true } && department.HeadId != head)
            {
                await tickets.SaveAsync<TicketReassigned>(
                    unit,
                    ticket,
                    ticket with
                    {
                        AssigneeId = department.HeadId,
                        AssignedAt = ticket.Status == TicketStatus.Assigned ? unit.Now : ticket.AssignedAt,
                        AcknowledgedAt = null,
                        AcknowledgedByTeam = [],
                    },
                    with: e => e with { PreviousDepartmentId = ticket.DepartmentId, PreviousAssigneeId = head });
                continue;
            }

            await ReturnAsync(unit, ticket);
        }

        foreach (var department in await unit.QueryAsync<Guid>("SELECT DISTINCT department_id FROM sub_tickets WHERE assignee_id = @head AND status <> 'closed' AND NOT is_deleted", new { head }))
        {
            if (await DepartmentReplica.FindAsync(unit.Connection, department, unit.Ct) is { HeadMayWork: true, HeadId: { } other })
            {
                await TakeOverSubTicketsAsync(unit, department, other);
            }
        }
    }

    /// <summary>A new head gets the sub-tickets of one who is gone; until there is one they stay where they are, and the doctor tells of them.</summary>
    Task TakeOverAsync(UnitOfWork unit, DepartmentChanged department) =>
        department.HeadId is { } head ? TakeOverSubTicketsAsync(unit, department.Id, head) : Task.CompletedTask;

    async Task TakeOverSubTicketsAsync(UnitOfWork unit, Guid department, Guid head)
    {
        const string Left =
            """
            FROM sub_tickets AS s JOIN tickets_replica_users AS u ON u.id = s.assignee_id
            WHERE s.department_id = @department AND s.assignee_id <> @head AND s.status <> 'closed' AND NOT s.is_deleted AND (u.is_deleted OR NOT u.is_active)
            """;
        // Parents first, as everywhere.
        var parents = await TicketTable.Rows.QueryAsync(
            unit, $"WHERE r.id IN (SELECT s.parent_ticket_id {Left}) ORDER BY r.id FOR UPDATE", new { department, head });
        foreach (var sub in await SubTicketTable.Rows.QueryAsync(unit, $"WHERE r.id IN (SELECT s.id {Left}) ORDER BY r.id FOR UPDATE", new { department, head }))
        {
            await SubTicketTable.SaveAsync<SubTicketReassigned>(unit, sub, sub with { AssigneeId = head }, with: e => e with { PreviousAssigneeId = sub.AssigneeId });
        }

        foreach (var parent in parents)
        {
            await SubTicketCounts.SaveAsync(unit, parent, tickets);
        }
    }

    /// <summary>Row 37.</summary>
    async Task ReturnAsync(UnitOfWork unit, Ticket ticket)
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
        await tickets.SaveAsync<TicketReturnedToQueue>(
            unit, ticket, SlaRules.Paused(back, "returned_to_queue", await CalendarTable.OfClockAsync(unit, ticket), unit.Now),
            with: e => e with { PreviousAssigneeId = ticket.AssigneeId });
    }
}
