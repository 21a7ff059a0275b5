using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Hdms.Contracts;

/// <summary>What is asked of a ticket by an action; <see cref="Version"/> is the version that it builds upon, 409 when it is another one by now.</summary>
public interface IActionRequest
{
    long? Version { get; }
}

/// <summary>A new ticket. All but the title may be left for later, unless it is submitted at once.</summary>
/// <param name="RequesterId">For whom, when a moderator types it on behalf of another person; else the caller.</param>
/// <param name="Submit">Submits it in the same step.</param>
public sealed record CreateTicketRequest(
    [property: StringLength(500, MinimumLength = 1)] string Title,
    [property: StringLength(65_536)] string? Description = null,
    Priority Priority = Priority.Medium,
    [property: StringLength(100)] string? Category = null,
    Guid? DepartmentId = null,
    Guid? RequesterId = null,
    bool RequiresApproval = false,
    bool Submit = false);

/// <summary>What is to be changed of a draft, or by a moderator before assignment: members that are absent stay, null clears.</summary>
public sealed record EditTicketRequest : IActionRequest
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault), StringLength(500, MinimumLength = 1)]
    public Optional<string> Title { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault), StringLength(65_536)]
    public Optional<string?> Description { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<Priority> Priority { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault), StringLength(100)]
    public Optional<string?> Category { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<Guid?> DepartmentId { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<bool> RequiresApproval { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Version { get; init; }
}

/// <summary>An action that needs nothing but the ticket.</summary>
public sealed record PlainActionRequest(long? Version = null) : IActionRequest;

public sealed record ReasonedActionRequest([property: StringLength(2000, MinimumLength = 1)] string Reason, long? Version = null) : IActionRequest;

public sealed record RequestClarificationRequest([property: StringLength(2000, MinimumLength = 1)] string Question, long? Version = null) : IActionRequest;

/// <param name="Answer">May be absent when the answer is in the chat.</param>
public sealed record ClarifyTicketRequest([property: StringLength(10_000)] string? Answer = null, long? Version = null) : IActionRequest;

/// <param name="DepartmentId">Another department than the one it was raised with.</param>
/// <param name="OverrideReason">Why it is assigned though the department is full.</param>
public sealed record AssignTicketRequest(
    Guid? DepartmentId = null, [property: StringLength(2000)] string? OverrideReason = null, long? Version = null) : IActionRequest;

/// <summary>Review, edit and assign in one.</summary>
public sealed record ConfirmReviewRequest : IActionRequest
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault), StringLength(500, MinimumLength = 1)]
    public Optional<string> Title { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault), StringLength(65_536, MinimumLength = 1)]
    public Optional<string> Description { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<Priority> Priority { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault), StringLength(100, MinimumLength = 1)]
    public Optional<string> Category { get; init; }

    public Guid? DepartmentId { get; init; }

    [StringLength(2000)]
    public string? OverrideReason { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Version { get; init; }
}

/// <param name="Reason">May be absent when <paramref name="DuplicateOf"/> says it.</param>
public sealed record RejectTicketRequest(
    [property: StringLength(2000)] string? Reason = null, Guid? DuplicateOf = null, long? Version = null) : IActionRequest;

/// <param name="Note">Needed when it goes down.</param>
public sealed record ProgressTicketRequest(
    [property: Range(0, 100)] int Percent, [property: StringLength(2000)] string? Note = null, long? Version = null) : IActionRequest;

/// <param name="DepartmentId">Absent: the same one, whose head has changed.</param>
/// <param name="ResetSla">The resolution clock begins anew.</param>
public sealed record ReassignTicketRequest(
    [property: StringLength(2000, MinimumLength = 1)] string Reason,
    Guid? DepartmentId = null,
    [property: StringLength(2000)] string? OverrideReason = null,
    bool ResetSla = false,
    long? Version = null) : IActionRequest;

public sealed record CompleteTicketRequest([property: StringLength(10_000, MinimumLength = 1)] string CompletionNotes, long? Version = null) : IActionRequest;

public sealed record ConfirmTicketRequest(
    [property: Range(1, 5)] int? Rating = null, [property: StringLength(2000)] string? Feedback = null, long? Version = null) : IActionRequest;

public sealed record OptionalReasonRequest([property: StringLength(2000)] string? Reason = null, long? Version = null) : IActionRequest;

public sealed record ChangePriorityRequest(Priority Priority, [property: StringLength(2000)] string? Reason = null, long? Version = null) : IActionRequest;

public sealed record ChangeDueRequest(
    DateTimeOffset DueAt, [property: StringLength(2000, MinimumLength = 1)] string Reason, long? Version = null) : IActionRequest;

public sealed record MergeTicketRequest(Guid Into, [property: StringLength(2000)] string? Reason = null, long? Version = null) : IActionRequest;

/// <param name="Tags">All that it is to have; up to 20 of up to 50 characters.</param>
public sealed record TagTicketRequest(IReadOnlyList<string> Tags, long? Version = null) : IActionRequest;

/// <summary>What the sub-ticket is to be, and why it is needed.</summary>
public sealed record RequestSubTicketRequest(
    [property: StringLength(500, MinimumLength = 1)] string Title,
    Guid DepartmentId,
    [property: StringLength(2000, MinimumLength = 1)] string Reason,
    [property: StringLength(65_536)] string? Description = null,
    long? Version = null) : IActionRequest;

/// <param name="SubTickets">1 to 20.</param>
public sealed record SplitTicketRequest([property: MinLength(1), MaxLength(20)] IReadOnlyList<NewSubTicket> SubTickets, long? Version = null) : IActionRequest;

/// <param name="Priority">The parent's, if absent.</param>
public sealed record NewSubTicket(
    [property: StringLength(500, MinimumLength = 1)] string Title,
    Guid DepartmentId,
    [property: StringLength(65_536)] string? Description = null,
    Priority? Priority = null,
    DateTimeOffset? DueAt = null);
