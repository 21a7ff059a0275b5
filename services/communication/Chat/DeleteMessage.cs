using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Communication.Chat;

/// <summary>Takes a message out of sight; its place stays, and the log keeps what it said.</summary>
static class DeleteMessage
{
    public static void Map(IEndpointRouteBuilder api) => api.MapDelete("/tickets/{id}/messages/{message_id:guid}", Handle)
        .WithName(nameof(DeleteMessage))
        .WithTags("Messages")
        .WithSummary("Takes a message out of sight (who wrote it, a short while after; moderators at any time)")
        .WithProblems(
            Codes.Forbidden, Codes.NotFound, Codes.ChatClosed, Codes.EditExpired, Codes.PreconditionFailed, Codes.ReferenceUnavailable, Codes.Unavailable);

    static Task<Answer<NoBody>> Handle(string id, Guid message_id, Caller caller, Preconditions preconditions, ChatDesk desk, CancellationToken ct) =>
        desk.AnswerAsync(id, caller, async (unit, seat) =>
        {
            var before = await MessageTable.LockAsync(unit, seat.MustTakePart(), message_id);
            if (!seat.IsModerator)
            {
                if (before.SenderId != caller.Person || before.IsSystem)
                {
                    throw Refusal.Forbidden("Only who wrote a message takes it back, or a moderator.");
                }

                seat.MustBeOpen(before.SessionNo);
                EditMessage.MustBeInTime(before, unit.Now, desk.Rules);
            }

            await preconditions.RequireAsync(unit, before.Id, before.Version);
            await MessageTable.SaveAsync<MessageDeleted>(unit, before, before with { IsDeleted = true, DeletedAt = unit.Now, DeletedBy = caller.Person });
            return Answer.NoContent();
        }, ct);
}
