using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Sla;

static class DeleteSlaTemplate
{
    public static void Map(IEndpointRouteBuilder api) => api.MapDelete("/sla-templates/{id:guid}", Handle)
        .WithName(nameof(DeleteSlaTemplate))
        .WithTags("SLA")
        .WithSummary("Deletes a template so that it can be restored; clocks that it set go on (admin)")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.InvalidTransition, Codes.PreconditionFailed);

    static Task<Answer<NoBody>> Handle(Guid id, Caller caller, Preconditions preconditions, ServiceDatabase db, CancellationToken ct)
    {
        caller.MustBeAdmin();
        return db.AnswerAsync(caller, async unit =>
        {
            var before = await SlaTemplateTable.LockAsync(unit, id);
            await preconditions.RequireAsync(unit, id, before.Version);
            before.MustAllow("delete");
            await SlaTemplateTable.SaveAsync<SlaTemplateDeleted>(unit, before, before with { IsDeleted = true, DeletedAt = unit.Now });
            return Answer.NoContent();
        }, ct);
    }
}
