namespace Hdms.Contracts;

/// <summary>
/// How a person is after the event. Every event of a person carries all of it, so that a reader needs the last one only,
/// and a row can be made again from it.
/// </summary>
public abstract record UserState
{
    public Guid Id { get; init; }

    [Personal]
    public string? EmployeeCode { get; init; }

    [Personal]
    public string? Cnic { get; init; }

    [Personal]
    public string? Email { get; init; }

    [Personal]
    public string? PhoneNumber { get; init; }

    [Personal]
    public string? FirstName { get; init; }

    [Personal]
    public string? LastName { get; init; }

    public Role Role { get; init; }

    public bool IsCeo { get; init; }

    public bool IsApprover { get; init; }

    public bool IsAnalyst { get; init; }

    public bool HelpdeskAuthorized { get; init; }

    public Guid? DepartmentId { get; init; }

    [Personal]
    public string? SmsUserId { get; init; }

    public DateTimeOffset? LastSmsSync { get; init; }

    public bool IsActive { get; init; }

    public DateTimeOffset DateJoined { get; init; }

    public DateTimeOffset? AnonymisedAt { get; init; }

    public bool IsDeleted { get; init; }

    public DateTimeOffset? DeletedAt { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }
}

[EventType("user.registered.v1")]
public sealed record UserRegistered : UserState;

[EventType("user.changed.v1")]
public sealed record UserChanged : UserState;

/// <summary>May not sign in and gets no work; their sessions have ended.</summary>
[EventType("user.deactivated.v1")]
public sealed record UserDeactivated : UserState;

[EventType("user.reactivated.v1")]
public sealed record UserReactivated : UserState;

[EventType("user.deleted.v1")]
public sealed record UserDeleted : UserState;

[EventType("user.restored.v1")]
public sealed record UserRestored : UserState;

/// <summary>What was personal is gone, from past events too; the row stays as a placeholder.</summary>
[EventType("user.anonymised.v1")]
public sealed record UserAnonymised : UserState;

/// <summary>Came from the old system, or through an engine that knows no events.</summary>
[EventType("user.imported.v1")]
public sealed record UserImported : UserState;

/// <summary>May sign in to the help desk from now on.</summary>
[EventType("access.granted.v1")]
public sealed record AccessGranted : UserState;

/// <summary>May no longer sign in; their sessions have ended.</summary>
[EventType("access.revoked.v1")]
public sealed record AccessRevoked : UserState;
