using Hdms.Contracts;
using Hdms.Files.Files;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Files.Attachments;

/// <summary>Takes an attachment away: moderators, and owners of a draft (DOMAIN.md section 5). The row stays; the bytes go later.</summary>
static class RemoveAttachment
{
    public static void Map(IEndpointRouteBuilder api, TargetKind kind) => api.MapDelete(
            $"/{kind.Path()}/{{id:guid}}/attachments/{{file_id:guid}}",
            (Guid id, [Microsoft.AspNetCore.Mvc.FromRoute(Name = "file_id")] Guid fileId, Caller caller, Preconditions preconditions, Sight sight, ServiceDatabase db, FileRules rules, CancellationToken ct) =>
                HandleAsync(kind, id, fileId, caller, preconditions, sight, db, rules, ct))
        .WithName($"RemoveFrom{kind}")
        .WithTags("Attachments")
        .WithSummary($"Removes an attachment of a {kind.Words()} (moderators; of a draft, its owner)")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.ReferenceUnavailable, Codes.PreconditionFailed);

    static async Task<Answer<NoBody>> HandleAsync(
        TargetKind kind, Guid id, Guid fileId, Caller caller, Preconditions preconditions, Sight sight, ServiceDatabase db, FileRules rules, CancellationToken ct)
    {
        var target = await sight.OfAsync(kind, id, caller, ct);
        if (!target.MayRemove)
        {
            throw Refusal.Forbidden("Attachments are removed by moderators, and by the owner of a draft.");
        }

        return await db.AnswerAsync(caller, async unit =>
        {
            var file = await AttachmentTable.LockAsync(unit, fileId);
            if (file is null || !target.IsOf(file))
            {
                throw Refusal.NotFound("attachment");
            }

            await preconditions.RequireAsync(unit, fileId, file.Version);
            var reason = caller.Role == Role.Moderator ? "Attachment removed by Moderator" : "Removed from the draft";
            await AttachmentTable.DeleteAsync<FileRemoved>(unit, file, rules, reason, e => e with { Reason = reason });
            return Answer.NoContent();
        }, ct);
    }
}
