using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Hdms.Contracts;

/// <param name="ResponseHours">Business hours from submission to acknowledgement, to two decimals.</param>
/// <param name="ResolutionHours">Business hours from assignment until it is resolved; no fewer than for the response.</param>
/// <param name="DepartmentId">Null: for every department that has none of its own.</param>
/// <param name="IsActive">Only one can be for a department and a priority.</param>
public sealed record CreateSlaTemplateRequest(
    [property: StringLength(200, MinimumLength = 1)] string Name,
    Priority Priority,
    [property: Range(0.01, 10_000)] decimal ResponseHours,
    [property: Range(0.01, 10_000)] decimal ResolutionHours,
    [property: StringLength(2000)] string? Description = null,
    Guid? DepartmentId = null,
    bool IsActive = true);

/// <summary>
/// What is to be changed of a template: members that are absent stay, null clears. For which priority and department it is stays.
/// Clocks that run already keep the hours that they were given.
/// </summary>
public sealed record ChangeSlaTemplateRequest
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault), StringLength(200, MinimumLength = 1)]
    public Optional<string> Name { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault), StringLength(2000)]
    public Optional<string?> Description { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault), Range(0.01, 10_000)]
    public Optional<decimal> ResponseHours { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault), Range(0.01, 10_000)]
    public Optional<decimal> ResolutionHours { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<bool> IsActive { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Version { get; init; }
}

public sealed record SlaTemplateView(
    Guid Id,
    string Name,
    string? Description,
    Priority Priority,
    decimal ResponseHours,
    decimal ResolutionHours,
    Guid? DepartmentId,
    bool IsActive,
    Guid? CreatedBy,
    bool IsDeleted,
    DateTimeOffset? DeletedAt,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    long Version);

/// <summary>How a template is after the event (DOMAIN.md section 2, SlaTemplate).</summary>
public abstract record SlaTemplateState
{
    public Guid Id { get; init; }

    public string Name { get; init; } = "";

    public string? Description { get; init; }

    public Priority Priority { get; init; }

    public decimal ResponseHours { get; init; }

    public decimal ResolutionHours { get; init; }

    public Guid? DepartmentId { get; init; }

    public bool IsActive { get; init; } = true;

    /// <summary>Null for those that every new installation has.</summary>
    public Guid? CreatedBy { get; init; }

    public bool IsDeleted { get; init; }

    public DateTimeOffset? DeletedAt { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }
}

[EventType("sla_template.created.v1")]
public sealed record SlaTemplateCreated : SlaTemplateState;

[EventType("sla_template.changed.v1")]
public sealed record SlaTemplateChanged : SlaTemplateState;

[EventType("sla_template.deleted.v1")]
public sealed record SlaTemplateDeleted : SlaTemplateState;

[EventType("sla_template.restored.v1")]
public sealed record SlaTemplateRestored : SlaTemplateState;

/// <summary>Came from the old system, or through an engine that knows no events.</summary>
[EventType("sla_template.imported.v1")]
public sealed record SlaTemplateImported : SlaTemplateState;
