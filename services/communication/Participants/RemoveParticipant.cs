using Hdms.Communication.Chat;
using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Communication.Participants;

/// <summary>Takes chat, history and ticket away from somebody, at once, on open streams too (DOMAIN.md section 5).</summary>
static class RemoveParticipant
{
    public static void Map(IEndpointRouteBuilder api) => api.MapDelete("/tickets/{id}/participants/{user_id:guid}", Handle)
        .WithName(nameof(RemoveParticipant))
        .WithTags("Participants")
        .WithSummary("Ends somebody's part in a ticket (moderators)")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.InvalidTransition, Codes.PreconditionFailed, Codes.ReferenceUnavailable, Codes.Unavailable);

    static Task<Answer<NoBody>> Handle(string id, Guid user_id, Caller caller, Preconditions preconditions, ChatDesk desk, CancellationToken ct) =>
        desk.AnswerAsync(id, caller, async (unit, seat) =>
        {
            seat.MustModerate();
            var who = await ParticipantTable.FindLiveAsync(unit, seat.Room.Id, user_id) ?? throw Refusal.NotFound("participant");
            await preconditions.RequireAsync(unit, who.Id, who.Version);
            if (who.UserId == seat.Room.RequesterId || who.UserId == seat.Room.AssigneeId)
            {
                throw Refusal.InvalidTransition(who.RoleInTicket.Word(), "remove", [], "The requester and the head who has the ticket belong to it; another head gets it by reassigning.");
            }

            await ParticipantTable.LeaveAsync(unit, who, unit.Now, caller.Person);
            return Answer.NoContent();
        }, ct);
}
