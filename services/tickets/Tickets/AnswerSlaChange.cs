using Hdms.Contracts;

namespace Hdms.Tickets.Tickets;

/// <summary>The head acknowledges a change of priority or due time, or disputes it; after 48 hours it counts as acknowledged.</summary>
static class AnswerSlaChange
{
    public static readonly TicketAction Acknowledge = new TicketAction<PlainActionRequest>(
        "acknowledge_sla", "Acknowledges a change of priority or due time (head)", act => SaveAsync(act, SlaAckState.Acknowledged, null));

    public static readonly TicketAction Dispute = new TicketAction<ReasonedActionRequest>(
        "dispute_sla", "Disputes a change of priority or due time, with a reason (head)", act => SaveAsync(act, SlaAckState.Disputed, act.Request.Reason.Trim()))
    {
        Check = (request, check) => check.Text("reason", request.Reason, 2000),
    };

    static Task<Ticket> SaveAsync<TRequest>(Act<TRequest> act, SlaAckState answer, string? reason) =>
        act.SaveAsync<TicketSlaAnswered>(Answered(act.Ticket, answer, reason), reason);

    public static Ticket Answered(Ticket ticket, SlaAckState answer, string? reason) =>
        ticket with { SlaChangedAt = null, SlaAnswer = answer, SlaAnswerReason = reason };
}
