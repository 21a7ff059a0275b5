using System.ComponentModel;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.History;

static class SearchAudit
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/audit/users", Handle)
        .WithName(nameof(SearchAudit))
        .WithTags("Audit")
        .WithSummary("Who did what to people and departments, newest first, refused attempts among it (admin, or scope audit:read)")
        .WithProblems(Codes.Forbidden, Codes.ValidationFailed);

    static Task<CursorListing<AuditEntry>> Handle(
        [AsParameters] AuditQuery query, [AsParameters] CursorQuery page, Caller caller, ServiceDatabase db, EventReader events, CancellationToken ct)
    {
        caller.MustBeAdmin(Scopes.ReadAudit);
        var filter = new AuditFilter
        {
            SubjectId = query.SubjectId,
            ActorId = query.ActorId,
            Type = query.Type,
            From = query.From?.ToUniversalTime(),
            To = query.To?.ToUniversalTime(),
        };
        return AuditLog.ReadAsync(filter, page, db, events, ct);
    }
}

sealed record AuditQuery(
    [property: FromQuery(Name = "actor_id")] Guid? ActorId = null,
    [property: FromQuery(Name = "subject_id"), Description("The person, department, request or import that it happened to")] Guid? SubjectId = null,
    [property: FromQuery(Name = "type"), Description("A type of event, such as user.changed.v1; attempt.refused.v1 for refused attempts")] string? Type = null,
    [property: FromQuery(Name = "from"), Description("From this time on")] DateTimeOffset? From = null,
    [property: FromQuery(Name = "to"), Description("Before this time")] DateTimeOffset? To = null);
