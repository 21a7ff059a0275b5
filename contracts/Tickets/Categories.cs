using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Hdms.Contracts;

/// <param name="DepartmentId">Null: offered with every department.</param>
public sealed record CreateCategoryRequest([property: StringLength(100, MinimumLength = 1)] string Name, Guid? DepartmentId = null, bool IsActive = true);

/// <summary>What is to be changed of a category: members that are absent stay. Tickets keep the category's name as it was when they got it.</summary>
public sealed record ChangeCategoryRequest
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault), StringLength(100, MinimumLength = 1)]
    public Optional<string> Name { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<bool> IsActive { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Version { get; init; }
}

public sealed record CategoryView(
    Guid Id, string Name, Guid? DepartmentId, bool IsActive, bool IsDeleted, DateTimeOffset? DeletedAt, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, long Version);

/// <summary>How a category is after the event.</summary>
public abstract record CategoryState
{
    public Guid Id { get; init; }

    public string Name { get; init; } = "";

    public Guid? DepartmentId { get; init; }

    /// <summary>Offered for new tickets.</summary>
    public bool IsActive { get; init; } = true;

    public bool IsDeleted { get; init; }

    public DateTimeOffset? DeletedAt { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }
}

[EventType("category.created.v1")]
public sealed record CategoryCreated : CategoryState;

[EventType("category.changed.v1")]
public sealed record CategoryChanged : CategoryState;

[EventType("category.deleted.v1")]
public sealed record CategoryDeleted : CategoryState;

/// <summary>Came from the old system, or through an engine that knows no events.</summary>
[EventType("category.imported.v1")]
public sealed record CategoryImported : CategoryState;
