using Hdms.Contracts;
using Hdms.Kit.Events;

namespace Hdms.Tickets.SubTickets;

/// <summary>A sub-ticket, as the row says.</summary>
sealed record SubTicket : SubTicketState
{
    public long Version { get; init; }

    /// <summary>The whole state as an event.</summary>
    public T As<T>()
        where T : SubTicketState, new() => Whole<SubTicketState>.As<T>(this);
}
