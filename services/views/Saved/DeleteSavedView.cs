using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Views.Saved;

static class DeleteSavedView
{
    public static void Map(IEndpointRouteBuilder api) => api.MapDelete("/saved-views/{id:guid}", Handle)
        .WithName(nameof(DeleteSavedView))
        .WithTags("Saved views")
        .WithSummary("Forgets a saved view (its owner)")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.PreconditionFailed);

    static Task<Answer<NoBody>> Handle(Guid id, Caller caller, Preconditions preconditions, ServiceDatabase db, CancellationToken ct)
    {
        var me = caller.Person;
        return db.AnswerAsync(caller, async unit =>
        {
            var before = await SavedViewTable.LockAsync(unit, id);
            if (before.OwnerId != me)
            {
                throw before.IsShared && before.Role == caller.Role ? Refusal.Forbidden("Only who keeps it can delete it.") : Refusal.NotFound(SavedViewTable.Called);
            }

            await preconditions.RequireAsync(unit, id, before.Version);
            await SavedViewTable.SaveAsync<SavedViewForgotten>(unit, before, before with { IsDeleted = true, DeletedAt = unit.Now });
            return Answer.NoContent();
        }, ct);
    }
}
