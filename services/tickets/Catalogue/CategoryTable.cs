using Hdms.Contracts;
using Hdms.Kit.Database;

namespace Hdms.Tickets.Catalogue;

/// <summary>Reads and writes rows of <c>categories</c>.</summary>
sealed class CategoryTable : ThingTable<CategoryTable, Category, CategoryState, CategoryImported>, INamedTable
{
    public static string Name => "categories";

    public static string Called => "category";
}
