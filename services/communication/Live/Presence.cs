using Hdms.Communication.Chat;
using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Idempotency;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Communication.Live;

/// <summary>Says that one looks at a ticket, or types; and shows who does.</summary>
static class Presence
{
    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/tickets/{id}/presence", ShowAsync)
            .WithName("ShowPresence")
            .WithTags("Live")
            .WithSummary("Who looks at a ticket just now, and who types")
            .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.ReferenceUnavailable, Codes.Unavailable);
        api.MapGet("/live/presence", Everywhere)
            .WithName("ShowPresenceEverywhere")
            .WithTags("Live")
            .WithSummary("Who looks at which tickets just now (moderators)")
            .WithProblems(Codes.Forbidden);
        api.MapPost("/tickets/{id}/presence", SayAsync)
            .WithoutIdempotency()
            .WithName("SayPresence")
            .WithTags("Live")
            .WithSummary("The caller looks at a ticket, or types; to be said again every 20 seconds")
            .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.ReferenceUnavailable, Codes.Unavailable);
    }

    static async Task<Answer<IReadOnlyList<PresenceView>>> ShowAsync(string id, Caller caller, ChatDesk desk, PresenceBoard board, CancellationToken ct) =>
        Answer.Ok(board.In((await desk.SeeAsync(id, caller, ct)).Room.Id));

    static Answer<IReadOnlyList<TicketPresenceView>> Everywhere(Caller caller, PresenceBoard board) => caller is { Role: Role.Moderator, IsService: false }
        ? Answer.Ok(board.Everywhere())
        : throw Refusal.Forbidden("Only moderators see who looks at all tickets.");

    static async Task<Answer<NoBody>> SayAsync(string id, SayPresenceRequest request, Caller caller, ChatDesk desk, PresenceBoard board, CancellationToken ct)
    {
        var seat = await desk.SeeAsync(id, caller, ct);
        await board.SayAsync(seat.Room.Id, caller.Person, request.State, ct);
        return Answer.NoContent();
    }
}
