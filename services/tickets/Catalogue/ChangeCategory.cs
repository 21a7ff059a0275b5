using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Catalogue;

static class ChangeCategory
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPatch("/categories/{id:guid}", Handle)
        .WithName(nameof(ChangeCategory))
        .WithTags("Categories")
        .WithSummary("Changes members of a category: those that are absent stay; tickets keep the name that they have (admin)")
        .Accepts<ChangeCategoryRequest>("application/json", "application/merge-patch+json")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.AlreadyExists, Codes.VersionConflict, Codes.PreconditionFailed);

    static Task<Answer<CategoryView>> Handle(
        Guid id, ChangeCategoryRequest request, Caller caller, Preconditions preconditions, ServiceDatabase db, CancellationToken ct)
    {
        caller.MustBeAdmin();
        return db.AnswerAsync(caller, async unit =>
        {
            var before = await CategoryTable.LockAsync(unit, id);
            await preconditions.RequireAsync(unit, id, before.Version, request.Version);
            var after = (before with { Name = request.Name.Or(before.Name), IsActive = request.IsActive.Or(before.IsActive) }).Trimmed();
            var check = new Checks();
            after.Check(check);
            check.Done();
            var row = after == before ? before : await CategoryTable.SaveAsync<CategoryChanged>(unit, before, after);
            return Answer.Ok(row.View(), row.Version);
        }, ct);
    }
}
