using Hdms.Contracts;
using Hdms.Tickets.Lifecycle;
using Hdms.Tickets.Sla;

namespace Hdms.Tickets.Tickets;

/// <summary>Row 12: the head has seen it, which stops the response clock; a team member's sight of it is for the record.</summary>
static class AcknowledgeTicket
{
    public static readonly TicketAction Action = new TicketAction<PlainActionRequest>("acknowledge", "The head has seen it; again changes nothing (head; team members for the record)", ApplyAsync);

    static Task<Ticket> ApplyAsync(Act<PlainActionRequest> act) => act.Situation.Actors.HasFlag(Actor.Head)
        ? act.SaveAsync<TicketAcknowledged>(SlaRules.Acknowledged(act.Ticket with { AcknowledgedAt = act.Now }, act.Now))
        : act.SaveAsync<TicketAcknowledgedByTeam>(act.Ticket with { AcknowledgedByTeam = [.. act.Ticket.AcknowledgedByTeam, act.Caller.Person] });
}
