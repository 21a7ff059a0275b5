using Hdms.Contracts;
using Hdms.Kit.Database;

namespace Hdms.Views.Saved;

/// <summary>A board that somebody keeps, as the row says.</summary>
sealed record KeptView : SavedViewState, IThingRow<KeptView>
{
    public long Version { get; init; }

    public KeptView Stamped(Guid id, DateTimeOffset createdAt, DateTimeOffset updatedAt, long version) =>
        this with { Id = id, CreatedAt = createdAt, UpdatedAt = updatedAt, Version = version };

    public SavedView View(Guid? me) => new(Id, Name, Query, IsShared, OwnerId == me, CreatedAt, Version);
}

/// <summary>Reads and writes rows of <c>view_saved</c>.</summary>
sealed class SavedViewTable : ThingTable<SavedViewTable, KeptView, SavedViewState, SavedViewImported>, INamedTable
{
    public static string Name => "view_saved";

    public static string Called => "saved view";
}
