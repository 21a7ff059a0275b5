using Hdms.Communication.Chat;
using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Communication.Participants;

/// <summary>Somebody who was there before begins anew, too: what was written before is shared only when that is said.</summary>
static class AddParticipant
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/tickets/{id}/participants", Handle)
        .WithName(nameof(AddParticipant))
        .WithTags("Participants")
        .WithSummary("Lets somebody take part in a ticket as a watcher (moderators)")
        .Creates()
        .WithProblems(
            Codes.Forbidden, Codes.NotFound, Codes.ValidationFailed, Codes.UnknownReference, Codes.AlreadyExists, Codes.ChatClosed, Codes.ReferenceUnavailable, Codes.Unavailable);

    static async Task<Answer<ParticipantView>> Handle(string id, AddParticipantRequest request, Caller caller, ChatDesk desk, CancellationToken ct)
    {
        var check = new Checks();
        check.OptionalText("reason", request.Reason, 2000, min: 0);
        check.Done();
        (await desk.SeeAsync(id, caller, ct)).MustModerate();
        await desk.MustKnowAsync(request.UserId, ct);
        return await desk.AnswerAsync(id, caller, async (unit, seat) =>
        {
            seat.MustModerate().MustBeOpen(seat.Room.Generation);
            if (await ParticipantTable.FindLiveAsync(unit, seat.Room.Id, request.UserId) is not null)
            {
                throw new Refusal(Codes.AlreadyExists, "They take part already.");
            }

            var from = request.ShareHistoryFrom?.ToUniversalTime();
            if (from > unit.Now)
            {
                throw Refusal.Invalid("share_history_from", "must not be later than now");
            }

            var added = await ParticipantTable.JoinAsync(
                unit, seat.Room.Id, request.UserId, RoleInTicket.Watcher, unit.Now, from, caller.Person, string.IsNullOrWhiteSpace(request.Reason) ? null : request.Reason.Trim());
            return Answer.Created(
                $"{Service.Api}/tickets/{seat.Room.Id}/participants/{request.UserId}", (await ListParticipants.ViewsAsync(unit.Connection, [added], ct))[0], added.Version);
        }, ct);
    }
}
