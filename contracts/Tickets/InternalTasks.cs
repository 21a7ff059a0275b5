using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Hdms.Contracts;

/// <param name="TeamMemberId">Of the department's team, who may mark it as done.</param>
public sealed record AddTaskRequest([property: StringLength(200, MinimumLength = 1)] string Title, Guid? TeamMemberId = null);

/// <summary>What is to be changed of a task: members that are absent stay, null clears.</summary>
public sealed record ChangeTaskRequest
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault), StringLength(200, MinimumLength = 1)]
    public Optional<string> Title { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<Guid?> TeamMemberId { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<bool> Done { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Version { get; init; }
}

/// <summary>An item of a department's own checklist; the requester never sees it.</summary>
public sealed record TaskView(
    Guid Id,
    Guid? TicketId,
    Guid? SubTicketId,
    Guid DepartmentId,
    string Title,
    PersonRef? TeamMember,
    DateTimeOffset? DoneAt,
    PersonRef? DoneBy,
    PersonRef CreatedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    long Version);

/// <summary>An item of a department's checklist (DOMAIN.md section 2, InternalTask), after the event.</summary>
public abstract record InternalTaskState
{
    public Guid Id { get; init; }

    /// <summary>Whose checklist it is on: a ticket's, or else a sub-ticket's.</summary>
    public Guid? TicketId { get; init; }

    public Guid? SubTicketId { get; init; }

    /// <summary>Stays when the ticket goes to another department, which has a checklist of its own.</summary>
    public Guid DepartmentId { get; init; }

    public string Title { get; init; } = "";

    public Guid? TeamMemberId { get; init; }

    public DateTimeOffset? DoneAt { get; init; }

    public Guid? DoneBy { get; init; }

    public Guid CreatedBy { get; init; }

    public bool IsDeleted { get; init; }

    public DateTimeOffset? DeletedAt { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }
}

[EventType("internal_task.added.v1")]
public sealed record InternalTaskAdded : InternalTaskState;

[EventType("internal_task.changed.v1")]
public sealed record InternalTaskChanged : InternalTaskState;

[EventType("internal_task.deleted.v1")]
public sealed record InternalTaskDeleted : InternalTaskState;

/// <summary>Came from the old system, or through an engine that knows no events.</summary>
[EventType("internal_task.imported.v1")]
public sealed record InternalTaskImported : InternalTaskState;
