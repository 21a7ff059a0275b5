using Hdms.Files.Attachments;
using Hdms.Files.Files;
using Hdms.Files.Storage;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Files.Downloads;

static class GetPreview
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/files/{id:guid}/preview", Handle)
        .WithName(nameof(GetPreview))
        .WithTags("Downloads")
        .WithSummary("A small picture of a picture, drawn anew (JPEG); 404 when there is none")
        .Produces<string>(StatusCodes.Status200OK, Previews.Mime)
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.ScanPending, Codes.Infected, Codes.ReferenceUnavailable);

    static async Task<IResult> Handle(Guid id, HttpContext http, Caller caller, Sight sight, ServiceDatabase db, IFileStore store, CancellationToken ct)
    {
        var file = await db.ReadAsync(c => AttachmentTable.FindAsync(c, id, ct), ct);
        await sight.MustSeeAsync(file, caller, ct);
        file.MustBeReadable();
        var content = file.IsProcessed ? await OpenAsync(store, Keys.PreviewOf(id), ct) : null;
        if (content is null)
        {
            throw Refusal.NotFound("preview");
        }

        http.Response.Headers.CacheControl = "private, no-cache";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        http.Response.Headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        return TypedResults.Stream(content, Previews.Mime);
    }

    static async Task<Stream?> OpenAsync(IFileStore store, string key, CancellationToken ct)
    {
        try
        {
            return await store.SizeAsync(key, ct) is { } size ? await store.OpenAsync(key, 0, size, ct) : null;
        }
        catch (IOException)
        {
            // The storage is away: a page is shown without its small pictures then, as without those that there are none of.
            return null;
        }
    }
}
