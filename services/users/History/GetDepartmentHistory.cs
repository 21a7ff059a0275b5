using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.History;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.History;

static class GetDepartmentHistory
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/departments/{id:guid}/history", Handle)
        .WithName(nameof(GetDepartmentHistory))
        .WithTags("Audit")
        .WithSummary("What happened to a department and its team, newest first, refused attempts among it (admin, or scope audit:read)")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.ValidationFailed);

    static Task<CursorListing<AuditEntry>> Handle(
        Guid id, [AsParameters] CursorQuery page, Caller caller, ServiceDatabase db, AuditTrail trail, CancellationToken ct) =>
        UsersAudit.ReadOfAsync("departments", "department", id, page, caller, db, trail, ct);
}
