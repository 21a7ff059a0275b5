using Hdms.Contracts;
using Hdms.Kit.Events;

namespace Hdms.Tickets.Requests;

/// <summary>A request, as the row says.</summary>
sealed record TicketRequest : TicketRequestState
{
    public long Version { get; init; }

    /// <summary>The whole state as an event.</summary>
    public T As<T>()
        where T : TicketRequestState, new() => Whole<TicketRequestState>.As<T>(this);
}
