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

static class GetContent
{
    public static void Map(IEndpointRouteBuilder api)
    {
        Describe(api.MapGet("/files/{id:guid}/content", Handle), "GetFileContent", "A file's bytes, or a range of them; only when it is clean");
        Describe(api.MapMethods("/files/{id:guid}/content", [HttpMethods.Head], Handle), "HeadFileContent", "As GET, without the bytes");
    }

    static void Describe(RouteHandlerBuilder route, string name, string summary) => route
        .StaysOpen()
        .WithName(name)
        .WithTags("Downloads")
        .WithSummary(summary)
        .GivesBytes()
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.ScanPending, Codes.Infected, Codes.RangeNotSatisfiable, Codes.ReferenceUnavailable, Codes.Unavailable);

    static async Task<IResult> Handle(Guid id, Caller caller, Sight sight, ServiceDatabase db, IFileStore store, CancellationToken ct)
    {
        var file = await db.ReadAsync(c => AttachmentTable.FindAsync(c, id, ct), ct);
        await sight.MustSeeAsync(file, caller, ct);
        file.MustBeReadable();
        return new SentFile(file, store);
    }

    public static RouteHandlerBuilder GivesBytes(this RouteHandlerBuilder route) => route
        .Produces<string>(StatusCodes.Status200OK, "application/octet-stream")
        .Produces<string>(StatusCodes.Status206PartialContent, "application/octet-stream")
        .Produces(StatusCodes.Status304NotModified);
}
