using Hdms.Communication.Participants;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Communication.Chat;

static class PostMessage
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/tickets/{id}/messages", Handle)
        .WithName(nameof(PostMessage))
        .WithTags("Messages")
        .WithSummary("Writes a message in a ticket (participants and moderators)")
        .Creates()
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.ValidationFailed, Codes.UnknownReference, Codes.ChatClosed, Codes.ReferenceUnavailable, Codes.Unavailable);

    static Task<Answer<MessageView>> Handle(string id, PostMessageRequest request, Caller caller, ChatDesk desk, CancellationToken ct)
    {
        var mentions = Check(request.Message, request.Mentions);
        return desk.AnswerAsync(id, caller, async (unit, seat) =>
        {
            seat.MustTakePart().MustBeOpen(seat.Room.Generation);
            await MustTakePartAsync(unit, seat.Room, mentions);
            if (seat.Membership is null)
            {
                // A moderator who speaks takes part from then on.
                await ParticipantTable.JoinAsync(unit, seat.Room.Id, caller.Person, RoleInTicket.Moderator, unit.Now);
            }

            var message = await MessageTable.PostAsync(unit, seat.Room, caller.Person, request.Message.Trim(), mentions, unit.Now);
            return Answer.Created(
                $"{Service.Api}/tickets/{seat.Room.Id}/messages/{message.Id}", await MessageViewing.OneAsync(unit.Connection, message, ct), message.Version);
        }, ct);
    }

    /// <returns>Each of the mentioned once.</returns>
    /// <exception cref="Refusal">422.</exception>
    internal static IReadOnlyList<Guid> Check(string? message, IReadOnlyList<Guid>? mentions)
    {
        var check = new Checks();
        check.Text("message", message, 10_000);
        check.That("mentions", mentions is null || mentions.Count <= CommunicationRules.MostMentions, $"takes {CommunicationRules.MostMentions} at most");
        check.Done();
        return [.. (mentions ?? []).Distinct()];
    }

    /// <exception cref="Refusal">422 <c>unknown_reference</c>: somebody who is mentioned takes no part.</exception>
    internal static async Task MustTakePartAsync(UnitOfWork unit, Room room, IReadOnlyCollection<Guid> mentions)
    {
        if (mentions.Count > 0 && mentions.Except((await ParticipantTable.LiveAsync(unit, room.Id)).Select(p => p.UserId)).ToArray() is [var stranger, ..])
        {
            throw Refusal.UnknownReference("mentions", $"{stranger} takes no part in this ticket; a moderator can add them.");
        }
    }
}
