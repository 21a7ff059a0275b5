using Hdms.Communication.Notifications;
using Hdms.Communication.Participants;
using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Communication.Chat;

/// <summary>Remembers how far a participant has read; never back. What told them of these messages counts as read with them.</summary>
static class ReadMessages
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/tickets/{id}/messages/read", Handle)
        .WithName(nameof(ReadMessages))
        .WithTags("Messages")
        .WithSummary("The caller has read up to this message (participants)")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.ValidationFailed, Codes.UnknownReference, Codes.ReferenceUnavailable, Codes.Unavailable);

    static Task<Answer<UnreadMessages>> Handle(string id, ReadMessagesRequest request, Caller caller, ChatDesk desk, CancellationToken ct) =>
        desk.AnswerAsync(id, caller, async (unit, seat) =>
        {
            seat.MustSee();
            var me = seat.Membership ?? throw Refusal.Forbidden("Only participants have read marks.");
            var message = await MessageTable.Rows.FindAsync(unit, "WHERE r.id = @MessageId", request);
            if (message is null || !seat.Sees(message))
            {
                throw Refusal.UnknownReference("message_id", "There is no such message in this ticket.");
            }

            var last = await unit.SingleAsync<int>("SELECT coalesce((SELECT number FROM chat_messages WHERE id = @LastReadMessageId), 0)", me);
            if (message.Number > last)
            {
                me = await ParticipantTable.SaveAsync<ParticipantRead>(unit, me, me with { LastReadMessageId = message.Id });
                await NotificationTable.ReadMessagesAsync(unit, caller.Person, seat.Room.Id, message.CreatedAt);
            }

            return Answer.Ok((await ListUnread.OfAsync(unit.Connection, caller.Person, seat.Room.Id, ct)).Single());
        }, ct);
}
