using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Views.Board;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.WebUtilities;

namespace Hdms.Views.Saved;

static class SaveView
{
    /// <summary>No filter: what is shown of each ticket.</summary>
    const string Columns = "columns";

    static readonly IReadOnlyList<string> AllColumns = [.. Enum.GetValues<BoardColumn>().Select(c => c.Word())];

    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/saved-views", Handle)
        .WithName(nameof(SaveView))
        .WithTags("Saved views")
        .WithSummary("Keeps a board under a name, for the caller or for everybody of the same role")
        .Creates()
        .WithProblems(Codes.Forbidden, Codes.ValidationFailed);

    static Task<Answer<SavedView>> Handle(SaveViewRequest request, Caller caller, ServiceDatabase db, CancellationToken ct)
    {
        var me = caller.Person;
        var query = request.Query.Trim().TrimStart('?');
        var check = new Checks();
        check.Text("name", request.Name, 60);
        check.Text("query", query, 2000, min: 0);
        var parameters = QueryHelpers.ParseQuery(query);
        var unknown = parameters.Keys.Except(BoardQuery.Parameters, StringComparer.Ordinal).Where(p => p != Columns).ToArray();
        check.That("query", unknown.Length == 0, $"has {string.Join(", ", unknown)}; the board takes {string.Join(", ", BoardQuery.Parameters)}, and {Columns} says what it shows");
        var columns = parameters.GetValueOrDefault(Columns).ToString().Split(',', StringSplitOptions.RemoveEmptyEntries);
        check.That("query", columns.All(AllColumns.Contains), $"has columns that there are not; there are {string.Join(", ", AllColumns)}");
        check.Done();
        return db.AnswerAsync(caller, async unit =>
        {
            var kept = await unit.SingleAsync<long>("SELECT count(*) FROM view_saved WHERE owner_id = @me AND NOT is_deleted", new { me });
            var room = new Checks();
            room.That("name", kept < ViewsRules.MostSavedViews, $"is one too many: {ViewsRules.MostSavedViews} are kept at most");
            room.Done();
            var row = await SavedViewTable.InsertAsync<SavedViewKept>(unit, new KeptView
            {
                OwnerId = me,
                Role = caller.Role ?? Role.Requester,
                Name = request.Name.Trim(),
                Query = query,
                IsShared = request.IsShared,
            });
            return Answer.Created($"{Service.Api}/saved-views/{row.Id}", row.View(me), row.Version);
        }, ct);
    }
}
