using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Problems;
using Hdms.Kit.Rebuild;

namespace Hdms.Tickets.Catalogue;

/// <summary>Reads and writes rows of <c>categories</c>; every write appends the event that tells of it.</summary>
static class CategoryTable
{
    public static readonly Table<Category> Rows = new("categories");

    /// <summary>Every event of one has the whole row.</summary>
    public static readonly StateTable FromEvents = new StateTable("categories", async (unit, id) => Stream(await Rows.LockAsync(unit, id))).Whole<CategoryState>();

    /// <summary>The row, kept from other writers until the unit of work ends.</summary>
    /// <exception cref="Refusal">404: there is none, or it was deleted.</exception>
    public static async Task<Category> LockAsync(UnitOfWork unit, Guid id) =>
        await Rows.FindAsync(unit, "WHERE r.id = @id AND NOT r.is_deleted FOR UPDATE", new { id }) ?? throw Refusal.NotFound("category");

    public static async Task<Category> InsertAsync(UnitOfWork unit, Category category)
    {
        var row = category with { Id = Guid.CreateVersion7(unit.Now), CreatedAt = unit.Now, UpdatedAt = unit.Now, Version = 1 };
        await Rows.InsertAsync(unit, row);
        await unit.AppendAsync(new EventStream(row.Id, 0), row.As<CategoryCreated>(), new Audit(After: row.As<CategoryCreated>()));
        return row;
    }

    /// <summary>Writes <paramref name="after"/> over the locked row and tells of it as a <typeparamref name="T"/>.</summary>
    public static async Task<Category> SaveAsync<T>(UnitOfWork unit, Category before, Category after)
        where T : CategoryState, new()
    {
        var row = after with { UpdatedAt = unit.Now, Version = before.Version + 1 };
        await Rows.UpdateAsync(unit, row);
        await unit.AppendAsync(Stream(before), row.As<T>(), Audit.Between<CategoryState>(before, row));
        return row;
    }

    static EventStream Stream(Category row) => new(row.Id, row.Version) { Imported = () => row.As<CategoryImported>() };
}
