using Hdms.Kit.Http;
using Hdms.Kit.Idempotency;
using Hdms.Kit.Limits;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Files.Uploads;

static class ContinueUpload
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPatch("/files/uploads/{id:guid}", Handle)
        .WithoutIdempotency()
        .StaysOpen()
        .WithName(nameof(ContinueUpload))
        .WithTags("Uploads")
        .WithSummary("More of an upload, from Upload-Offset on; with the last byte it becomes a file of the same id")
        .Accepts<string>(Tus.Body)
        .Produces(StatusCodes.Status204NoContent)
        .WithProblems(
            Codes.Forbidden, Codes.NotFound, Codes.PreconditionFailed, Codes.OffsetMismatch, Codes.FileTooLarge, Codes.TypeNotAllowed, Codes.ChecksumMismatch,
            Codes.UploadLocked, Codes.Unavailable);

    static async Task<IResult> Handle(Guid id, HttpContext http, Caller caller, UploadDesk desk, CancellationToken ct)
    {
        Tus.Begin(http);
        if (!Tus.HasBody(http.Request))
        {
            throw new Refusal(Codes.UnsupportedMediaType, $"Send the bytes as {Tus.Body}.");
        }

        UploadDesk.AllowLargeBody(http);
        var offset = Tus.Number(http.Request, Tus.Offset);
        var upload = await desk.FindAsync(id, caller, ct);
        var (reached, file) = await desk.WriteAsync(upload, offset, http, caller);
        Tus.Told(http.Response, reached, upload.ExpiresAt);
        if (file is not null)
        {
            http.Response.Headers["X-File-Sha256"] = file.Sha256;
        }

        return TypedResults.NoContent();
    }
}
