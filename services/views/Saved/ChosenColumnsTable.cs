using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Rebuild;

namespace Hdms.Views.Saved;

/// <summary>The columns that somebody wants, as the row says.</summary>
sealed record ChosenColumns : ChosenColumnsState
{
    public long Version { get; init; }
}

/// <summary>Reads and writes rows of <c>view_columns</c>; every write appends the event that tells of it.</summary>
static class ChosenColumnsTable
{
    public static readonly Table<ChosenColumns> Rows = new("view_columns");

    public static readonly StateTable FromEvents =
        new StateTable("view_columns", async (unit, id) => Stream(await Rows.LockAsync(unit, id))).Whole<ChosenColumnsState>();

    public static async Task SetAsync(UnitOfWork unit, Guid person, IReadOnlyList<BoardColumn> columns)
    {
        var before = await Rows.FindAsync(unit, "WHERE r.id = @person FOR UPDATE", new { person });
        if (before?.Columns.SequenceEqual(columns) == true)
        {
            return;
        }

        var row = (before ?? new ChosenColumns { Id = person, CreatedAt = unit.Now }) with { Columns = columns, UpdatedAt = unit.Now, Version = (before?.Version ?? 0) + 1 };
        await (before is null ? Rows.InsertAsync(unit, row) : Rows.UpdateAsync(unit, row));
        await unit.AppendAsync(before is null ? new EventStream(person, 0) : Stream(before), Whole<ChosenColumnsState>.As<BoardColumnsChosen>(row));
    }

    static EventStream Stream(ChosenColumns row) => new(row.Id, row.Version) { Imported = () => Whole<ChosenColumnsState>.As<BoardColumnsImported>(row) };
}
