using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Problems;
using Hdms.Tickets.Sla;
using Hdms.Tickets.Tickets;

namespace Hdms.Tickets.Approvals;

/// <summary>The chain of a ticket's approvals: whose turn it is, and what a decision means for the others.</summary>
static class ApprovalChain
{
    /// <summary>The approvals of the ticket that still wait, locked, in the order of their positions.</summary>
    public static Task<IReadOnlyList<Approval>> PendingAsync(UnitOfWork unit, Ticket ticket) => ApprovalTable.Rows.QueryAsync(
        unit, "WHERE r.ticket_id = @Id AND r.status = 'pending' AND NOT r.is_deleted ORDER BY r.position, r.id FOR UPDATE", new { ticket.Id });

    /// <summary>Marks the approval that the caller decides on, for themselves or in somebody's place.</summary>
    public static async Task<(Approval Decided, IReadOnlyList<Approval> Others)> DecideAsync<T>(Act<T> act, ApprovalStatus status, string? reason)
    {
        var pending = await PendingAsync(act.Unit, act.Ticket);
        var approver = act.Situation.DecidesFor;
        var mine = pending.FirstOrDefault(a => a.ApproverId == approver && a.ActiveAt is not null)
            ?? throw new Refusal(Codes.AlreadyDecided, "It has been decided already.");
        var decided = await ApprovalTable.SaveAsync<ApprovalDecided>(
            act.Unit, mine, mine with { Status = status, Reason = reason ?? mine.Reason, DecidedBy = act.Caller.Person, DecidedAt = act.Now }, reason);
        return (decided, [.. pending.Where(a => a.Id != mine.Id)]);
    }

    /// <summary>Whoever still waits need not decide any more.</summary>
    public static async Task CancelAsync(UnitOfWork unit, IEnumerable<Approval> approvals)
    {
        foreach (var approval in approvals)
        {
            await ApprovalTable.SaveAsync<ApprovalCancelled>(unit, approval, approval with { Status = ApprovalStatus.Cancelled, DecidedAt = unit.Now });
        }
    }

    /// <summary>After an approval: with one of a position that needs only one, the others of it are cancelled; when a position is done, the next one's turn comes.</summary>
    /// <returns>Those whose turn it is now; none when all positions have approved.</returns>
    public static async Task<IReadOnlyList<Guid>> GoOnAsync(UnitOfWork unit, Approval decided, IReadOnlyList<Approval> others)
    {
        var here = others.Where(a => a.Position == decided.Position).ToList();
        if (decided.Rule == ApprovalRule.Any)
        {
            await CancelAsync(unit, here);
            here = [];
        }

        if (here.Count > 0)
        {
            return [.. here.Select(a => a.ApproverId)];
        }

        var later = others.Where(a => a.Position > decided.Position).ToList();
        var next = later.Where(a => a.Position == later.Min(l => l.Position)).ToList();
        foreach (var approval in next)
        {
            await ApprovalTable.SaveAsync<ApprovalActivated>(unit, approval, approval with { ActiveAt = unit.Now });
        }

        return [.. next.Select(a => a.ApproverId)];
    }

    /// <summary>The ticket once nobody waits for approval any longer.</summary>
    public static Ticket Over(Ticket ticket, TicketStatus to) => ticket with { Status = to, PendingApprovers = [], ApprovalRequestedBy = null, ApprovalRequestedAt = null };

    /// <summary>As <see cref="Over"/>, and the clock goes on.</summary>
    public static async Task<Ticket> BackToWorkAsync(UnitOfWork unit, Ticket ticket, TicketStatus to, string why) =>
        SlaRules.Resumed(Over(ticket, to), why, await CalendarTable.OfClockAsync(unit, ticket), unit.Now);
}
