using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Communication.Chat;

static class EditMessage
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPatch("/tickets/{id}/messages/{message_id:guid}", Handle)
        .WithName(nameof(EditMessage))
        .WithTags("Messages")
        .WithSummary("Edits a message, a short while after it was written (who wrote it)")
        .WithProblems(
            Codes.Forbidden, Codes.NotFound, Codes.ValidationFailed, Codes.UnknownReference, Codes.ChatClosed, Codes.EditExpired, Codes.VersionConflict,
            Codes.PreconditionFailed, Codes.ReferenceUnavailable, Codes.Unavailable);

    static Task<Answer<MessageView>> Handle(
        string id, Guid message_id, EditMessageRequest request, Caller caller, Preconditions preconditions, ChatDesk desk, CancellationToken ct)
    {
        var mentions = PostMessage.Check(request.Message, request.Mentions);
        return desk.AnswerAsync(id, caller, async (unit, seat) =>
        {
            var before = await MessageTable.LockAsync(unit, seat.MustTakePart(), message_id);
            if (before.SenderId != caller.Person || before.IsSystem)
            {
                throw Refusal.Forbidden("Only who wrote a message edits it.");
            }

            await preconditions.RequireAsync(unit, before.Id, before.Version, request.Version);
            seat.MustBeOpen(before.SessionNo);
            MustBeInTime(before, unit.Now, desk.Rules);
            var after = before with { Message = request.Message.Trim(), Mentions = request.Mentions is null ? before.Mentions : mentions, EditedAt = unit.Now };
            var added = after.Mentions.Except(before.Mentions).ToArray();
            await PostMessage.MustTakePartAsync(unit, seat.Room, added);
            var saved = await MessageTable.SaveAsync<MessageEdited>(unit, before, after, e => e with { NewMentions = added });
            return Answer.Ok(await MessageViewing.OneAsync(unit.Connection, saved, ct), saved.Version);
        }, ct);
    }

    /// <exception cref="Refusal">409 <c>edit_expired</c>.</exception>
    internal static void MustBeInTime(ChatMessage message, DateTimeOffset now, CommunicationRules rules)
    {
        if (now > message.CreatedAt + rules.EditWithin)
        {
            throw new Refusal(Codes.EditExpired, $"A message can be changed for {rules.EditWithin.TotalMinutes:0} minutes after it was written.");
        }
    }
}
