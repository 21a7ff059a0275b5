using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.Lifecycle;
using Hdms.Tickets.Tickets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Sla;

/// <summary>What a moderator is shown before a ticket is given to a department. It goes the way of the assignment itself, and writes nothing.</summary>
static class PreviewDue
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/tickets/{id}/due-previews", Handle)
        .WithName(nameof(PreviewDue))
        .WithTags("SLA")
        .WithSummary("When a ticket would be due, were it assigned now: by department and priority; empty where it can't be assigned (moderators)")
        .WithProblems(Codes.Forbidden, Codes.NotFound);

    static async Task<Answer<IReadOnlyList<DuePreview>>> Handle(string id, Caller caller, TicketDesk desk, CancellationToken ct)
    {
        var seen = await desk.SeeAsync(TicketKey.Of(id), caller, ct);
        if (!seen.Actors.HasFlag(Actor.Moderator))
        {
            throw Refusal.Forbidden("Only moderators give tickets to departments.");
        }

        var may = Decision.Allowed(seen);
        if (!may.Any(a => a is "assign" or "confirm_review" or "reassign"))
        {
            return Answer.Ok<IReadOnlyList<DuePreview>>([]);
        }

        var anew = may.Contains("reassign");
        var terms = await desk.Database.ReadAsync(c => CalendarTable.TermsOfAllAsync(c, ct), ct);
        return Answer.Ok<IReadOnlyList<DuePreview>>([.. terms.Select(t => new DuePreview(t.DepartmentId, t.Priority, DueAt(t.Terms)))]);

        DateTimeOffset? DueAt(SlaTerms terms) =>
            (anew ? SlaRules.Restarted(seen.Ticket, terms, seen.Now) : SlaRules.Assigned(seen.Ticket, terms, seen.Now)).DueAt;
    }
}
