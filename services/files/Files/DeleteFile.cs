using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Files.Files;

/// <summary>For a file that was uploaded by mistake. What is attached is removed from what it is attached to.</summary>
static class DeleteFile
{
    public static void Map(IEndpointRouteBuilder api) => api.MapDelete("/files/{id:guid}", Handle)
        .WithName(nameof(DeleteFile))
        .WithTags("Files")
        .WithSummary("Deletes a file of the caller's own that is attached to nothing")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.PreconditionFailed);

    static Task<Answer<NoBody>> Handle(Guid id, Caller caller, Preconditions preconditions, ServiceDatabase db, FileRules rules, CancellationToken ct)
    {
        var me = caller.Person;
        return db.AnswerAsync(caller, async unit =>
        {
            var file = await AttachmentTable.LockAsync(unit, id);
            if (file is null || file.UploadedById != me || file.IsAttached)
            {
                throw Refusal.NotFound("file of yours that is attached to nothing");
            }

            await preconditions.RequireAsync(unit, id, file.Version);
            await AttachmentTable.DeleteAsync<FileRemoved>(unit, file, rules, with: e => e with { Reason = "Deleted before it was attached" });
            return Answer.NoContent();
        }, ct);
    }
}
