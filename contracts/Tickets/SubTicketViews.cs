using System.ComponentModel.DataAnnotations;

namespace Hdms.Contracts;

/// <param name="MergedIntoParent">Its work goes on in the parent, to which its attachments belong from then on.</param>
public sealed record CloseSubTicketRequest(
    bool MergedIntoParent = false, [property: StringLength(2000)] string? Reason = null, long? Version = null) : IActionRequest;

/// <summary>A sub-ticket as the caller sees it.</summary>
/// <param name="AllowedActions">What the caller can do with it now.</param>
public sealed record SubTicketView(
    Guid Id,
    string Number,
    Guid ParentTicketId,
    string ParentTitle,
    string Title,
    string? Description,
    SubTicketStatus Status,
    Priority Priority,
    DepartmentRef Department,
    PersonRef Assignee,
    int ProgressPercent,
    string? CompletionNotes,
    int Generation,
    int ReopenCount,
    DateTimeOffset? DueAt,
    bool MergedIntoParent,
    ClosedReason? ClosedReason,
    PersonRef CreatedBy,
    DateTimeOffset? StartedAt,
    DateTimeOffset? ResolvedAt,
    DateTimeOffset? ClosedAt,
    IReadOnlyList<string> AllowedActions,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    long Version);
