using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Sla;

static class ChangeSlaTemplate
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPatch("/sla-templates/{id:guid}", Handle)
        .WithName(nameof(ChangeSlaTemplate))
        .WithTags("SLA")
        .WithSummary("Changes members of a template: those that are absent stay, null clears; clocks that run keep their hours (admin)")
        .Accepts<ChangeSlaTemplateRequest>("application/json", "application/merge-patch+json")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.InvalidTransition, Codes.AlreadyExists, Codes.VersionConflict, Codes.PreconditionFailed);

    static Task<Answer<SlaTemplateView>> Handle(
        Guid id, ChangeSlaTemplateRequest request, Caller caller, Preconditions preconditions, ServiceDatabase db, CancellationToken ct)
    {
        caller.MustBeAdmin();
        return db.AnswerAsync(caller, async unit =>
        {
            var before = await SlaTemplateTable.LockAsync(unit, id);
            await preconditions.RequireAsync(unit, id, before.Version, request.Version);
            before.MustAllow("change");
            var after = (before with
            {
                Name = request.Name.Or(before.Name),
                Description = request.Description.Or(before.Description),
                ResponseHours = request.ResponseHours.Or(before.ResponseHours),
                ResolutionHours = request.ResolutionHours.Or(before.ResolutionHours),
                IsActive = request.IsActive.Or(before.IsActive),
            }).Trimmed();
            var check = new Checks();
            after.Check(check);
            check.Done();
            var row = after == before ? before : await SlaTemplateTable.SaveAsync<SlaTemplateChanged>(unit, before, after);
            return Answer.Ok(row.View(), row.Version);
        }, ct);
    }
}
