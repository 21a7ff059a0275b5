using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Hdms.Contracts;

public enum DepartmentStatus
{
    Open,

    /// <summary>Takes no new tickets and no new members, because it is about to be deleted.</summary>
    Closing,
}

/// <param name="Code">Letters, digits and dashes; kept in upper case.</param>
/// <param name="HeadId">An active person with the role assignee who belongs to no other department; joins this one.</param>
/// <param name="TotalCapacity">How many tickets its head may have at once.</param>
public sealed record OpenDepartmentRequest(
    [property: StringLength(100, MinimumLength = 1)] string Name,
    [property: StringLength(10, MinimumLength = 1)] string Code,
    Guid? HeadId = null,
    [property: Range(0, 1_000_000)] int TotalCapacity = 100,
    bool QueueEnabled = false);

/// <summary>What is to be changed of a department: members that are absent stay, null clears.</summary>
public sealed record ChangeDepartmentRequest
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault), StringLength(100, MinimumLength = 1)]
    public Optional<string> Name { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault), StringLength(10, MinimumLength = 1)]
    public Optional<string> Code { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<Guid?> HeadId { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault), Range(0, 1_000_000)]
    public Optional<int> TotalCapacity { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<bool> QueueEnabled { get; init; }

    /// <summary>The version that the change builds upon; 409 when it is another one by now.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Version { get; init; }
}

/// <summary>A department. Head and member count are as of now; they are no part of the version.</summary>
/// <param name="MemberCount">Active persons who belong to it.</param>
public sealed record DepartmentView(
    Guid Id,
    string Name,
    string Code,
    Guid? HeadId,
    UserSummary? Head,
    int TotalCapacity,
    bool QueueEnabled,
    DepartmentStatus State,
    int MemberCount,
    bool IsDeleted,
    DateTimeOffset? DeletedAt,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    long Version);

/// <summary>Somebody who may acknowledge the department's tickets, for the record only.</summary>
public sealed record TeamMemberView(Guid DepartmentId, UserSummary User, DateTimeOffset AddedAt);

/// <summary>How a department is after the event; every event of a department but those of its team carries all of it.</summary>
public abstract record DepartmentEventState
{
    public Guid Id { get; init; }

    public string Name { get; init; } = "";

    public string Code { get; init; } = "";

    public Guid? HeadId { get; init; }

    public int TotalCapacity { get; init; }

    public bool QueueEnabled { get; init; }

    public DepartmentStatus State { get; init; }

    public bool IsDeleted { get; init; }

    public DateTimeOffset? DeletedAt { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }
}

[EventType("department.opened.v1")]
public sealed record DepartmentOpened : DepartmentEventState;

[EventType("department.changed.v1")]
public sealed record DepartmentChanged : DepartmentEventState;

/// <summary>Takes no new tickets and no new members from now on.</summary>
[EventType("department.closing.v1")]
public sealed record DepartmentClosing : DepartmentEventState;

[EventType("department.reopened.v1")]
public sealed record DepartmentReopened : DepartmentEventState;

[EventType("department.deleted.v1")]
public sealed record DepartmentDeleted : DepartmentEventState;

[EventType("department.restored.v1")]
public sealed record DepartmentRestored : DepartmentEventState;

/// <summary>Came from the old system, or through an engine that knows no events; with its team, which has no events of its own then.</summary>
[EventType("department.imported.v1")]
public sealed record DepartmentImported : DepartmentEventState
{
    public IReadOnlyList<TeamMember> Team { get; init; } = [];
}

public sealed record TeamMember(Guid UserId, DateTimeOffset AddedAt);

/// <summary>On the department's stream.</summary>
[EventType("team_member.added.v1")]
public sealed record TeamMemberAdded(Guid DepartmentId, Guid UserId, DateTimeOffset AddedAt);

/// <summary>On the department's stream.</summary>
[EventType("team_member.removed.v1")]
public sealed record TeamMemberRemoved(Guid DepartmentId, Guid UserId, DateTimeOffset RemovedAt);
