using Hdms.Contracts;
using Hdms.Kit.Events;

namespace Hdms.Tickets.Approvals;

/// <summary>A approval, as the row says.</summary>
sealed record Approval : ApprovalState
{
    public long Version { get; init; }

    /// <summary>The whole state as an event.</summary>
    public T As<T>()
        where T : ApprovalState, new() => Whole<ApprovalState>.As<T>(this);
}
