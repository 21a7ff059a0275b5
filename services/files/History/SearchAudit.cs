using Hdms.Contracts;
using Hdms.Kit.History;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Files.History;

static class SearchAudit
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/audit/files", Handle)
        .WithName("SearchFileAudit")
        .WithTags("Audit")
        .WithSummary("Who did what to files, newest first, refused attempts among it (admin, or scope audit:read)")
        .WithProblems(Codes.Forbidden, Codes.ValidationFailed);

    static Task<CursorListing<AuditEntry>> Handle(
        [AsParameters] AuditQuery query, [AsParameters] CursorQuery page, Caller caller, AuditTrail trail, CancellationToken ct)
    {
        caller.MustBeAdmin(Scopes.ReadAudit);
        return trail.ReadAsync(query, page, ct);
    }
}
