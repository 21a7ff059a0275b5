using Hdms.Contracts;
using Hdms.Kit.Auth;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Catalogue;

/// <summary>The routes of categories.</summary>
static class CatalogueFeatures
{
    public static void MapCatalogue(this RouteGroupBuilder api)
    {
        var reads = api.MapGroup("").LimitedToScopes(Scopes.ReadTickets);
        ListCategories.Map(reads);
        GetCategory.Map(reads);

        CreateCategory.Map(api);
        ChangeCategory.Map(api);
        DeleteCategory.Map(api);
    }
}
