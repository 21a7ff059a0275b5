using Hdms.Contracts;
using Hdms.Kit.Database;

namespace Hdms.Tickets.Requests;

/// <summary>A request, as the row says.</summary>
sealed record TicketRequest : TicketRequestState, IThingRow<TicketRequest>
{
    public long Version { get; init; }

    public TicketRequest Stamped(Guid id, DateTimeOffset createdAt, DateTimeOffset updatedAt, long version) =>
        this with { Id = id, CreatedAt = createdAt, UpdatedAt = updatedAt, Version = version };
}
