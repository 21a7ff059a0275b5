using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Problems;

namespace Hdms.Tickets.Catalogue;

/// <summary>A category, as the row says.</summary>
sealed record Category : CategoryState, IThingRow<Category>
{
    public long Version { get; init; }

    public void Check(Checks check) => check.Text("name", Name, 100);

    public Category Trimmed() => this with { Name = Name?.Trim() ?? "" };

    public Category Stamped(Guid id, DateTimeOffset createdAt, DateTimeOffset updatedAt, long version) =>
        this with { Id = id, CreatedAt = createdAt, UpdatedAt = updatedAt, Version = version };

    public CategoryView View() => new(Id, Name, DepartmentId, IsActive, IsDeleted, DeletedAt, CreatedAt, UpdatedAt, Version);
}
