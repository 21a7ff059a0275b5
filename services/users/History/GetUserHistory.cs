using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.History;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.History;

static class GetUserHistory
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/users/{id:guid}/history", Handle)
        .WithName(nameof(GetUserHistory))
        .WithTags("Audit")
        .WithSummary("What happened to a person, newest first, refused attempts among it (admin, or scope audit:read)")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.ValidationFailed);

    static Task<CursorListing<AuditEntry>> Handle(
        Guid id, [AsParameters] CursorQuery page, Caller caller, ServiceDatabase db, AuditTrail trail, CancellationToken ct) =>
        UsersAudit.ReadOfAsync("users", "user", id, page, caller, db, trail, ct);
}
