using Hdms.Kit.Http;
using Hdms.Kit.Idempotency;
using Hdms.Kit.Limits;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Files.Uploads;

/// <summary>A new upload, of which the first bytes may come along. Asked twice there are two; the one that nobody goes on with is gone after a day.</summary>
static class BeginUpload
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/files/uploads", Handle)
        .WithoutIdempotency()
        .StaysOpen()
        .WithName(nameof(BeginUpload))
        .WithTags("Uploads")
        .WithSummary("Begins an upload that can be resumed (tus 1.0): Upload-Length, Upload-Metadata with filename; its address is the Location")
        .Produces(StatusCodes.Status201Created)
        .WithProblems(
            Codes.Forbidden, Codes.PreconditionFailed, Codes.ValidationFailed, Codes.UnknownReference, Codes.ReferenceUnavailable, Codes.FileTooLarge, Codes.UploadQuota,
            Codes.TypeNotAllowed, Codes.ChecksumMismatch, Codes.UploadLocked, Codes.Unavailable);

    static async Task<IResult> Handle(HttpContext http, Caller caller, UploadDesk desk, CancellationToken ct)
    {
        Tus.Begin(http);
        var me = caller.Person;
        var length = Tus.Number(http.Request, Tus.Length);
        var metadata = http.Request.Headers[Tus.Metadata].ToString();
        var name = Tus.Name(metadata);
        await desk.AdmitAsync(me, length, ct);
        var upload = await desk.Database.WriteAsync(caller, async unit =>
        {
            var row = new UploadRow
            {
                Id = Guid.CreateVersion7(unit.Now),
                Name = name,
                Length = length,
                Metadata = metadata,
                UploadedById = me,
                ExpiresAt = unit.Now + FileRules.UnattachedLast,
            };
            await UploadRow.InsertAsync(unit, row);
            return row;
        }, ct);

        var offset = 0L;
        if (Tus.HasBody(http.Request))
        {
            UploadDesk.AllowLargeBody(http);
            (offset, _) = await desk.WriteAsync(upload, 0, http, caller);
        }

        Tus.Told(http.Response, offset, upload.ExpiresAt);
        return TypedResults.Created($"{Tus.Path}/{upload.Id}");
    }
}
