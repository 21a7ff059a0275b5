using Hdms.Files.Attachments;
using Hdms.Files.Files;
using Hdms.Files.Storage;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Limits;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Files.Downloads;

static class FollowLink
{
    public static void Map(IEndpointRouteBuilder api)
    {
        Describe(api.MapGet("/files/links/{link}", Handle), nameof(FollowLink), "A file's bytes by a signed link, without a token");
        Describe(api.MapMethods("/files/links/{link}", [HttpMethods.Head], Handle), "HeadLink", "As GET, without the bytes");
    }

    static void Describe(RouteHandlerBuilder route, string name, string summary) => route
        .AllowAnonymous()
        .StaysOpen()
        .WithName(name)
        .WithTags("Downloads")
        .WithSummary(summary)
        .GivesBytes()
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.ScanPending, Codes.Infected, Codes.LinkExpired, Codes.RangeNotSatisfiable, Codes.ReferenceUnavailable, Codes.Unavailable);

    static async Task<IResult> Handle(string link, Caller caller, LinkTokens links, Sight sight, ServiceDatabase db, IFileStore store, CancellationToken ct)
    {
        var content = links.Read(link);
        var file = await db.ReadAsync(c => AttachmentTable.FindAsync(c, content.FileId, ct), ct);
        await sight.MustSeeAsync(file, content.AsMaker(caller), ct);
        file.MustBeReadable();
        return new SentFile(file, store);
    }
}
