using System.ComponentModel;
using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.History;
using Hdms.Tickets.Lifecycle;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Tickets;

static class GetTicket
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/tickets/{id}", Handle)
        .WithName(nameof(GetTicket))
        .WithTags("Tickets")
        .WithSummary("One ticket, by id or by number; as it was at a time with asOf")
        .WithProblems(Codes.NotFound);

    /// <summary>No 304: names, clocks and what the caller may do change without the ticket's version.</summary>
    static async Task<Answer<TicketView>> Handle(
        string id,
        [FromQuery(Name = "asOf"), Description("A time: the ticket as it was then, from its events")] DateTimeOffset? asOf,
        Caller caller,
        TicketDesk desk,
        TicketPast past,
        CancellationToken ct)
    {
        var situation = await desk.LookAsync(TicketKey.Of(id), caller, ct);
        if (situation.Sight == Sight.Nothing)
        {
            throw Refusal.NotFound("ticket");
        }

        if (asOf is { } then)
        {
            situation = await past.AtAsync(situation, then.ToUniversalTime(), ct) ?? throw Refusal.NotFound("ticket");
        }

        var view = await desk.Database.ReadAsync(connection => TicketViewing.OneAsync(connection, situation, ct), ct);
        return Answer.Ok(view, view.Version);
    }
}
