using Hdms.Communication.Chat;
using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Communication.Participants;

/// <summary>Mutes a ticket for oneself; or shares with somebody what was written before they joined, which is recorded.</summary>
static class ChangeParticipant
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPatch("/tickets/{id}/participants/{user_id:guid}", Handle)
        .WithName(nameof(ChangeParticipant))
        .WithTags("Participants")
        .WithSummary("Mutes a ticket (oneself), or shares its history with a participant (moderators)")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.ValidationFailed, Codes.VersionConflict, Codes.PreconditionFailed, Codes.ReferenceUnavailable, Codes.Unavailable);

    static Task<Answer<ParticipantView>> Handle(
        string id, Guid user_id, ChangeParticipantRequest request, Caller caller, Preconditions preconditions, ChatDesk desk, CancellationToken ct) =>
        desk.AnswerAsync(id, caller, async (unit, seat) =>
        {
            seat.MustSee();
            var before = await ParticipantTable.FindLiveAsync(unit, seat.Room.Id, user_id) ?? throw Refusal.NotFound("participant");
            await preconditions.RequireAsync(unit, before.Id, before.Version, request.Version);
            if (request.Muted is not null && user_id != caller.Person)
            {
                throw Refusal.Forbidden("Only they themselves mute a ticket.");
            }

            var from = request.ShareHistoryFrom?.ToUniversalTime();
            if (from is not null)
            {
                seat.MustModerate();
                if (from > unit.Now)
                {
                    throw Refusal.Invalid("share_history_from", "must not be later than now");
                }
            }

            var after = before with { Muted = request.Muted ?? before.Muted, VisibleFrom = from ?? before.VisibleFrom };
            if (after != before)
            {
                after = await ParticipantTable.SaveAsync<ParticipantChanged>(unit, before, after);
            }

            return Answer.Ok((await ListParticipants.ViewsAsync(unit.Connection, [after], ct))[0], after.Version);
        }, ct);
}
