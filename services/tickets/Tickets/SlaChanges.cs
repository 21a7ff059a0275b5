using Hdms.Contracts;

namespace Hdms.Tickets.Tickets;

/// <summary>A change of priority or due time, which the head acknowledges or disputes (DOMAIN.md section 2, SlaAck).</summary>
static class SlaChanges
{
    public static Task<Ticket> SaveAsync<TRequest>(Act<TRequest> act, Ticket after, string? reason)
    {
        var before = act.Ticket;
        return act.SaveAsync<TicketSlaChanged>(
            after.AssigneeId is null ? after : after with { SlaChangedAt = act.Now, SlaAnswer = SlaAckState.Pending, SlaAnswerReason = null },
            string.IsNullOrWhiteSpace(reason) ? null : reason.Trim(),
            e => e with { PreviousPriority = before.Priority, PreviousDueAt = before.DueAt });
    }
}
