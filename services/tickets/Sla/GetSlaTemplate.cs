using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Sla;

static class GetSlaTemplate
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/sla-templates/{id:guid}", Handle)
        .WithName(nameof(GetSlaTemplate))
        .WithTags("SLA")
        .WithSummary("One template of due times, also a deleted one, since clocks may name it")
        .KnowsVersions()
        .WithProblems(Codes.Forbidden, Codes.NotFound);

    static Task<Answer<SlaTemplateView>> Handle(Guid id, Preconditions preconditions, ServiceDatabase db, CancellationToken ct) => db.ReadAsync(async connection =>
    {
        var row = await SlaTemplateTable.Rows.FindAsync(connection, "WHERE r.id = @id", new { id }, ct) ?? throw Refusal.NotFound("SLA template");
        return Answer.Read(row.View(), row.Version, preconditions);
    }, ct);
}
