using Hdms.Contracts;
using Hdms.Kit.Events;
using Hdms.Kit.Problems;

namespace Hdms.Tickets.Catalogue;

/// <summary>A category, as the row says.</summary>
sealed record Category : CategoryState
{
    public long Version { get; init; }

    public void Check(Checks check) => check.Text("name", Name, 100);

    public Category Trimmed() => this with { Name = Name?.Trim() ?? "" };

    /// <summary>The whole state as an event.</summary>
    public T As<T>()
        where T : CategoryState, new() => Whole<CategoryState>.As<T>(this);

    public CategoryView View() => new(Id, Name, DepartmentId, IsActive, IsDeleted, DeletedAt, CreatedAt, UpdatedAt, Version);
}
