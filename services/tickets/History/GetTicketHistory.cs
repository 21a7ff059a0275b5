using Hdms.Contracts;
using Hdms.Kit.History;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.Lifecycle;
using Hdms.Tickets.Tickets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.History;

static class GetTicketHistory
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/tickets/{id}/history", Handle)
        .WithName(nameof(GetTicketHistory))
        .WithTags("Audit")
        .WithSummary("What happened to a ticket, newest first, refused attempts among it (moderators, admins, scope audit:read)")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.ValidationFailed);

    static async Task<CursorListing<AuditEntry>> Handle(
        string id, [AsParameters] CursorQuery page, Caller caller, TicketDesk desk, AuditTrail trail, CancellationToken ct)
    {
        var reads = caller.IsAdmin || caller.Scopes.Contains(Scopes.ReadAudit);
        var situation = await desk.LookAsync(TicketKey.Of(id), caller, ct);
        if (situation.Sight == Sight.Nothing && !reads)
        {
            throw Refusal.NotFound("ticket");
        }

        if (caller.Role != Role.Moderator && !reads)
        {
            throw Refusal.Forbidden("Only moderators and admins read a ticket's history.");
        }

        return await trail.ReadAsync(new AuditQuery(SubjectId: situation.Ticket.Id), page, ct, withAddresses: reads);
    }
}
