using Hdms.Contracts;
using Hdms.Files.Attachments;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Files.Files;

static class GetFile
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/files/{id:guid}", Handle)
        .WithName(nameof(GetFile))
        .WithTags("Files")
        .WithSummary("What is known of a file: its size, its type, whether it is clean")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.ReferenceUnavailable);

    /// <summary>No 304: names change without the version.</summary>
    static async Task<Answer<FileView>> Handle(Guid id, Caller caller, Sight sight, ServiceDatabase db, CancellationToken ct)
    {
        var file = await db.ReadAsync(c => AttachmentTable.FindAsync(c, id, ct), ct);
        await sight.MustSeeAsync(file, caller, ct);
        return Answer.Ok(await FileViewing.OneAsync(db, file, ct), file.Version);
    }
}
