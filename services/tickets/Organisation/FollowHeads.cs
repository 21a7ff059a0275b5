using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Feeds;
using Hdms.Kit.References;
using Hdms.Kit.Replicas;
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

    /// <summary>
    /// Everybody else takes a ticket first, then its department, then its head; a reader can't, for the copies decide which tickets are
    /// meant. Whoever it waits for may wait for it, so it never waits for long: it lets go of everything and begins again. Well before
    /// PostgreSQL looks for deadlocks (a second), which would end either of them.
    /// </summary>
    const string GiveWay = "SET LOCAL lock_timeout = '200ms'";

    public void Handle(FeedHandlers on)
    {
        On<UserDeactivated>(on, FollowUsers.Users, (unit, user) => GoneAsync(unit, user.Id));
        On<UserDeleted>(on, FollowUsers.Users, async (unit, user) =>
        {
            await GoneAsync(unit, user.Id);
            await TicketRequester.ApplyAsync(unit, user.Id);
        });
        On<DepartmentChanged>(on, FollowUsers.Departments, async (unit, department) =>
        {
            await TakeOverAsync(unit, department);
            await DepartmentQueue.LookAtAsync(unit, department.Id);
        });
        On<DepartmentDeleted>(on, FollowUsers.Departments, (unit, department) => TicketDepartment.ApplyAsync(unit, department.Id));

        // Who may be another head by the time that one goes.
        On<UserRegistered>(on, FollowUsers.Users);
        On<UserChanged>(on, FollowUsers.Users);
        On<UserReactivated>(on, FollowUsers.Users);
        On<UserRestored>(on, FollowUsers.Users);
        On<UserImported>(on, FollowUsers.Users);
        On<DepartmentOpened>(on, FollowUsers.Departments);
        On<DepartmentRestored>(on, FollowUsers.Departments);
        On<DepartmentImported>(on, FollowUsers.Departments);
    }

    /// <summary>
    /// The copies have readers of their own, which may be behind this one: who looked by them would see the old head, or a new one whom
    /// nobody knows yet. So the copy is brought as far as the event first.
    /// </summary>
    static void On<T>(FeedHandlers on, Replica copy, Func<UnitOfWork, T, Task>? handle = null) => on.Event<T>(async (unit, told, e) =>
    {
        await unit.ExecuteAsync(GiveWay);
        await copy.TakeAsync(unit, e);
        await (handle?.Invoke(unit, told) ?? Task.CompletedTask);
    });

    /// <summary>The work of a head who is gone goes to the department's new head, or back to the moderators; what is postponed waits for one of them.</summary>
    async Task GoneAsync(UnitOfWork unit, Guid head)
    {
        var theirs = await TicketTable.Rows.QueryAsync(
            unit,
            """
            WHERE r.assignee_id = @head AND r.status IN ('assigned', 'in_progress', 'waiting_approval', 'approved', 'postponed') AND NOT r.is_deleted
            ORDER BY r.id FOR UPDATE
            """,
            new { head });
        foreach (var ticket in theirs)
        {
            await Handover.PassOnAsync(unit, ticket, tickets);
        }

        foreach (var department in await unit.QueryAsync<Guid>("SELECT DISTINCT department_id FROM sub_tickets WHERE assignee_id = @head AND status <> 'closed' AND NOT is_deleted", new { head }))
        {
            if (await DepartmentReplica.FindAsync(unit.Connection, department, unit.Ct) is { HeadMayWork: true, HeadId: { } other })
            {
                await TakeOverSubTicketsAsync(unit, department, other);
            }
        }
    }

    /// <summary>A new head gets what is left of one who is gone: sub-tickets and what is postponed. Until there is one they stay where they are; the doctor tells of sub-tickets.</summary>
    async Task TakeOverAsync(UnitOfWork unit, DepartmentChanged department)
    {
        if (department.HeadId is not { } head)
        {
            return;
        }

        var left = await TicketTable.Rows.QueryAsync(
            unit,
            """
            WHERE r.department_id = @Id AND r.assignee_id <> @head AND r.status IN ('assigned', 'in_progress', 'waiting_approval', 'approved', 'postponed')
              AND NOT r.is_deleted AND r.assignee_id IN (SELECT id FROM tickets_replica_users WHERE is_deleted OR NOT is_active)
            ORDER BY r.id FOR UPDATE
            """,
            new { department.Id, head });
        foreach (var ticket in left)
        {
            await Handover.PassOnAsync(unit, ticket, tickets);
        }

        await TakeOverSubTicketsAsync(unit, department.Id, head);
    }

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
}
