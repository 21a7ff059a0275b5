using Hdms.Contracts;
using Hdms.Kit.Database;

namespace Hdms.Tickets.Approvals;

/// <summary>An approval, as the row says.</summary>
sealed record Approval : ApprovalState, IThingRow<Approval>
{
    public long Version { get; init; }

    public Approval Stamped(Guid id, DateTimeOffset createdAt, DateTimeOffset updatedAt, long version) =>
        this with { Id = id, CreatedAt = createdAt, UpdatedAt = updatedAt, Version = version };
}
