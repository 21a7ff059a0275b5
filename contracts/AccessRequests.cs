using System.ComponentModel.DataAnnotations;

namespace Hdms.Contracts;

public enum AccessRequestStatus
{
    Pending,
    Approved,
    Denied,
}

/// <summary>Asks for leave to sign in; whoever asks can't sign in yet, so names themselves by their employee code.</summary>
public sealed record AskForAccessRequest(
    [property: StringLength(50, MinimumLength = 1)] string EmployeeCode, [property: StringLength(1000)] string? Note = null);

/// <summary>The same for every code, known or not.</summary>
public sealed record AskedForAccess(string Status);

/// <summary>Why access is denied.</summary>
public sealed record DenyAccessRequest([property: StringLength(1000, MinimumLength = 1)] string Reason, long? Version = null);

public sealed record AccessRequestView(
    Guid Id,
    UserSummary User,
    AccessRequestStatus Status,
    string? Note,
    string? Reason,
    Guid? DecidedBy,
    DateTimeOffset? DecidedAt,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    long Version);

/// <summary>How a request for access is after the event.</summary>
public abstract record AccessRequestState
{
    public Guid Id { get; init; }

    public Guid UserId { get; init; }

    public AccessRequestStatus Status { get; init; }

    [Personal]
    public string? Note { get; init; }

    [Personal]
    public string? Reason { get; init; }

    public Guid? DecidedBy { get; init; }

    public DateTimeOffset? DecidedAt { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }
}

[EventType("access.requested.v1")]
public sealed record AccessRequested : AccessRequestState;

/// <summary>On the request's stream; <c>access.granted.v1</c> is on the person's.</summary>
[EventType("access.approved.v1")]
public sealed record AccessApproved : AccessRequestState;

[EventType("access.denied.v1")]
public sealed record AccessDenied : AccessRequestState;

[EventType("access_request.imported.v1")]
public sealed record AccessRequestImported : AccessRequestState;
