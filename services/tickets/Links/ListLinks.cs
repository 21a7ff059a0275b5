using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.Lifecycle;
using Hdms.Tickets.Tickets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Links;

static class ListLinks
{
    /// <summary>More than anybody can look at; it keeps the answer short without pages, which could not be counted by what the caller sees.</summary>
    const int Most = 1000;

    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/tickets/{id}/links", Handle)
        .WithName(nameof(ListLinks))
        .WithTags("Links")
        .WithSummary("The links between a ticket and those others that the caller sees, the newest first")
        .WithProblems(Codes.Forbidden, Codes.NotFound);

    static async Task<Answer<IReadOnlyList<TicketLinkView>>> Handle(string id, Caller caller, TicketDesk desk, CancellationToken ct)
    {
        var seen = await desk.SeeAsync(TicketKey.Of(id), caller, ct);
        var me = seen.Ticket.Id;
        return Answer.Ok(await desk.Database.ReadAsync(async connection =>
        {
            var links = await LinkTable.Rows.QueryAsync(
                connection, "WHERE (r.from_id = @me OR r.to_id = @me) AND NOT r.is_deleted ORDER BY r.created_at DESC, r.id DESC LIMIT @Most", new { me, Most }, ct);
            var others = await desk.SituationsAsync(connection, links.Select(Other), caller, seen.Now, ct);
            var shown = links.Where(l => others[Other(l)].Sight != Sight.Nothing).Select(l => (l, others[Other(l)].Ticket)).ToList();
            return await LinkViewing.ManyAsync(connection, me, shown, ct);
        }, ct));

        Guid Other(TicketLink link) => link.FromId == me ? link.ToId : link.FromId;
    }
}
