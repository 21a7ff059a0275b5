using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Catalogue;

static class DeleteCategory
{
    public static void Map(IEndpointRouteBuilder api) => api.MapDelete("/categories/{id:guid}", Handle)
        .WithName(nameof(DeleteCategory))
        .WithTags("Categories")
        .WithSummary("Deletes a category; tickets keep its name (admin)")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.PreconditionFailed);

    static Task<Answer<NoBody>> Handle(Guid id, Caller caller, Preconditions preconditions, ServiceDatabase db, CancellationToken ct)
    {
        caller.MustBeAdmin();
        return db.AnswerAsync(caller, async unit =>
        {
            var before = await CategoryTable.LockAsync(unit, id);
            await preconditions.RequireAsync(unit, id, before.Version);
            await CategoryTable.SaveAsync<CategoryDeleted>(unit, before, before with { IsDeleted = true, DeletedAt = unit.Now });
            return Answer.NoContent();
        }, ct);
    }
}
