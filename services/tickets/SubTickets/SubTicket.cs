using Hdms.Contracts;
using Hdms.Kit.Database;

namespace Hdms.Tickets.SubTickets;

/// <summary>A sub-ticket, as the row says.</summary>
sealed record SubTicket : SubTicketState, IThingRow<SubTicket>
{
    public long Version { get; init; }

    public SubTicket Stamped(Guid id, DateTimeOffset createdAt, DateTimeOffset updatedAt, long version) =>
        this with { Id = id, CreatedAt = createdAt, UpdatedAt = updatedAt, Version = version };
}
