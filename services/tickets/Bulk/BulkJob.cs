using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;

namespace Hdms.Tickets.Bulk;

/// <summary>A change to many tickets that goes on in the background.</summary>
sealed record BulkJob
{
    public static readonly Table<BulkJob> Rows = new("bulk_jobs");

    public Guid Id { get; init; }

    public string Action { get; init; } = "";

    /// <summary>The action's own members, as JSON text.</summary>
    public string Arguments { get; init; } = "{}";

    public Guid RequestedBy { get; init; }

    /// <summary>Who asked, as the events are to tell.</summary>
    public BulkCaller Caller { get; init; } = new(null, null, null, null);

    public TicketBulkJobStatus Status { get; init; }

    public int Total { get; init; }

    public int Succeeded { get; init; }

    public int Failed { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    public TicketBulkJobView View(IReadOnlyList<BulkResult> failures) =>
        new(Id, Action, Status, Total, Succeeded, Failed, RequestedBy, CreatedAt, FinishedAt, failures);
}

/// <summary>What of a caller a job keeps.</summary>
sealed record BulkCaller(Guid? DepartmentId, Guid? SessionId, string? Address, string? CorrelationId)
{
    public static BulkCaller Of(Caller caller) => new(caller.DepartmentId, caller.SessionId, caller.Address, caller.CorrelationId);

    public Caller By(Guid moderator) => new()
    {
        UserId = moderator,
        Role = Role.Moderator,
        DepartmentId = DepartmentId,
        SessionId = SessionId,
        Address = Address,
        CorrelationId = CorrelationId,
    };
}
