using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Tickets.Approvals;
using Hdms.Tickets.Requests;
using Hdms.Tickets.SubTickets;

namespace Hdms.Tickets.Tickets;

/// <summary>Ends what hangs on a ticket that ends, in the same unit of work, and begins it again when that is undone.</summary>
static class Endings
{
    /// <summary>Withdraws the requests that wait.</summary>
    public static async Task<UndoneWith> EndRequestsAsync(UnitOfWork unit, Ticket ticket)
    {
        var waiting = await TicketRequestTable.Rows.QueryAsync(
            unit, "WHERE r.ticket_id = @Id AND r.status = 'pending' AND NOT r.is_deleted ORDER BY r.id FOR UPDATE", new { ticket.Id });
        foreach (var request in waiting)
        {
            await TicketRequestTable.SaveAsync<TicketRequestWithdrawn>(
                unit, request, request with { Status = RequestStatus.Withdrawn, DecidedAt = unit.Now, DecidedBy = unit.By.UserId });
        }

        return new UndoneWith([.. waiting.Select(r => r.Id)]);
    }

    /// <summary>Cancels the approvals that nobody has decided yet.</summary>
    public static async Task EndApprovalsAsync(UnitOfWork unit, Ticket ticket)
    {
        var pending = await ApprovalTable.Rows.QueryAsync(
            unit, "WHERE r.ticket_id = @Id AND r.status = 'pending' AND NOT r.is_deleted ORDER BY r.id FOR UPDATE", new { ticket.Id });
        foreach (var approval in pending)
        {
            await ApprovalTable.SaveAsync<ApprovalCancelled>(unit, approval, approval with { Status = ApprovalStatus.Cancelled, DecidedAt = unit.Now });
        }
    }

    /// <summary>Closes its sub-tickets as they are.</summary>
    /// <returns>The ticket with none of them open; still to be saved.</returns>
    public static async Task<Ticket> CloseSubTicketsAsync(UnitOfWork unit, Ticket ticket)
    {
        var open = await SubTicketTable.Rows.QueryAsync(
            unit, "WHERE r.parent_ticket_id = @Id AND r.status <> 'closed' AND NOT r.is_deleted ORDER BY r.id FOR UPDATE", new { ticket.Id });
        foreach (var sub in open)
        {
            await SubTicketTable.SaveAsync<SubTicketClosed>(
                unit, sub, sub with { Status = SubTicketStatus.Closed, ClosedAt = unit.Now, ClosedReason = ClosedReason.Forced });
        }

        return ticket with { OpenSubTickets = 0 };
    }

    /// <summary>A request that waits is granted by doing what it asks for.</summary>
    public static async Task<UndoneWith> GrantAsync(UnitOfWork unit, Ticket ticket, RequestKind kind, string? decision)
    {
        var request = await TicketRequestTable.Rows.FindAsync(
            unit, "WHERE r.ticket_id = @Id AND r.kind = @kind AND r.status = 'pending' AND NOT r.is_deleted FOR UPDATE", new { ticket.Id, kind = kind.Word() });
        if (request is null)
        {
            return UndoneWith.Nothing;
        }

        await TicketRequestTable.SaveAsync<TicketRequestApproved>(
            unit, request, request with { Status = RequestStatus.Approved, DecidedBy = unit.By.UserId, DecidedAt = unit.Now, DecisionReason = decision });
        return new UndoneWith([request.Id]);
    }

    /// <summary>What ended with an action waits again, since the action was undone.</summary>
    public static async Task BeginAgainAsync(UnitOfWork unit, UndoneWith ended)
    {
        foreach (var id in ended.Requests)
        {
            var request = await TicketRequestTable.LockAsync(unit, id);
            await TicketRequestTable.SaveAsync<TicketRequestRestored>(
                unit, request, request with { Status = RequestStatus.Pending, DecidedAt = null, DecidedBy = null, DecisionReason = null });
        }
    }
}
