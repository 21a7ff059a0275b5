using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Sla;

static class RestoreSlaTemplate
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/sla-templates/{id:guid}/restore", Handle)
        .WithName(nameof(RestoreSlaTemplate))
        .WithTags("SLA")
        .WithSummary("Brings a deleted template back, as it was (admin)")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.InvalidTransition, Codes.AlreadyExists, Codes.VersionConflict, Codes.PreconditionFailed);

    static Task<Answer<SlaTemplateView>> Handle(
        Guid id, ReasonRequest? request, Caller caller, Preconditions preconditions, ServiceDatabase db, CancellationToken ct)
    {
        caller.MustBeAdmin();
        var check = new Checks();
        check.OptionalText("reason", request?.Reason, 1000, min: 0);
        check.Done();
        return db.AnswerAsync(caller, async unit =>
        {
            var before = await SlaTemplateTable.LockAsync(unit, id);
            await preconditions.RequireAsync(unit, id, before.Version, request?.Version);
            before.MustAllow("restore");
            var row = await SlaTemplateTable.SaveAsync<SlaTemplateRestored>(unit, before, before with { IsDeleted = false, DeletedAt = null }, request?.Reason);
            return Answer.Ok(row.View(), row.Version);
        }, ct);
    }
}
