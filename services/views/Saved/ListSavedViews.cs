using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Views.Saved;

static class ListSavedViews
{
    const int Most = 200;

    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/saved-views", Handle)
        .WithName(nameof(ListSavedViews))
        .WithTags("Saved views")
        .WithSummary("The caller's saved views, and those that others of the same role share, the caller's own first; and the columns they want boards to have")
        .WithProblems(Codes.Forbidden);

    static async Task<Answer<SavedViews>> Handle(Caller caller, ServiceDatabase db, CancellationToken ct)
    {
        var me = caller.Person;
        var (found, chosen) = await db.ReadAsync(async connection => (
            await SavedViewTable.Rows.QueryAsync(
                connection,
                """
                WHERE NOT r.is_deleted AND (r.owner_id = @me OR (r.is_shared AND r.role = @role))
                ORDER BY r.owner_id <> @me, lower(r.name), r.id LIMIT @Most
                """,
                new { me, role = caller.Role?.Word(), Most },
                ct),
            await ChosenColumnsTable.Rows.FindAsync(connection, "WHERE r.id = @me AND NOT r.is_deleted", new { me }, ct)), ct);
        return Answer.Ok(new SavedViews([.. found.Select(v => v.View(me))], chosen is { Columns.Count: > 0 } ? chosen.Columns : null));
    }
}
