using System.ComponentModel.DataAnnotations;

namespace Hdms.Contracts;

/// <summary>Asks for approvals, in a chain of positions.</summary>
/// <param name="Chain">The positions in their order; 1 to 10.</param>
/// <param name="Documents">File keys or addresses of what is to be looked at; up to 20.</param>
public sealed record RequestApprovalRequest(
    [property: MinLength(1), MaxLength(10)] IReadOnlyList<ApprovalStep> Chain,
    [property: StringLength(2000)] string? Reason = null,
    [property: MaxLength(20)] IReadOnlyList<string>? Documents = null,
    DateTimeOffset? DueAt = null,
    long? Version = null) : IActionRequest;

/// <param name="Approvers">1 to 10 people who may approve.</param>
public sealed record ApprovalStep([property: MinLength(1), MaxLength(10)] IReadOnlyList<Guid> Approvers, ApprovalRule Rule = ApprovalRule.All);

public sealed record ApproveTicketRequest([property: StringLength(2000)] string? Reason = null, long? Version = null) : IActionRequest;

public sealed record ApprovalView(
    Guid Id,
    Guid TicketId,
    string? TicketNumber,
    string TicketTitle,
    int Generation,
    PersonRef RequestedBy,
    PersonRef Approver,
    int Position,
    ApprovalRule Rule,
    ApprovalStatus Status,
    DateTimeOffset? ActiveAt,
    string? Reason,
    IReadOnlyList<string> Documents,
    DateTimeOffset? DueAt,
    PersonRef? DecidedBy,
    DateTimeOffset? DecidedAt,
    DateTimeOffset CreatedAt,
    long Version);

/// <summary>Who decides in an approver's place, from a time on until another.</summary>
public sealed record NameSubstituteRequest(Guid SubstituteId, DateTimeOffset StartsAt, DateTimeOffset EndsAt, Guid? ApproverId = null);

public sealed record SubstituteView(Guid Id, PersonRef Approver, PersonRef Substitute, DateTimeOffset StartsAt, DateTimeOffset EndsAt, DateTimeOffset CreatedAt, long Version);

public abstract record SubstituteState
{
    public Guid Id { get; init; }

    public Guid ApproverId { get; init; }

    public Guid SubstituteId { get; init; }

    public DateTimeOffset StartsAt { get; init; }

    public DateTimeOffset EndsAt { get; init; }

    public bool IsDeleted { get; init; }

    public DateTimeOffset? DeletedAt { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }
}

[EventType("substitute.named.v1")]
public sealed record SubstituteNamed : SubstituteState;

[EventType("substitute.removed.v1")]
public sealed record SubstituteRemoved : SubstituteState;

[EventType("substitute.imported.v1")]
public sealed record SubstituteImported : SubstituteState;
