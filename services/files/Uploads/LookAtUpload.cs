using System.Globalization;
using Dapper;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Files.Uploads;

static class LookAtUpload
{
    public static void Map(IEndpointRouteBuilder api) => api.MapMethods("/files/uploads/{id:guid}", [HttpMethods.Head], Handle)
        .WithName(nameof(LookAtUpload))
        .WithTags("Uploads")
        .WithSummary("How far an upload has come, in Upload-Offset; one that is complete is a file of the same id")
        .Produces(StatusCodes.Status200OK)
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.PreconditionFailed, Codes.UploadLocked);

    static async Task<IResult> Handle(Guid id, HttpContext http, Caller caller, UploadDesk desk, CancellationToken ct)
    {
        Tus.Begin(http);
        if (await desk.Database.ReadAsync(c => c.ExecuteScalarAsync<long?>(new CommandDefinition(
            "SELECT file_size FROM attachments WHERE id = @id AND uploaded_by_id = @me AND NOT is_deleted", new { id, me = caller.Person }, cancellationToken: ct)), ct) is { } size)
        {
            // The answer to its last bytes may have been lost.
            http.Response.Headers[Tus.Offset] = http.Response.Headers[Tus.Length] = size.ToString(CultureInfo.InvariantCulture);
            return TypedResults.Ok();
        }

        var upload = await desk.FindAsync(id, caller, ct);

        // Taken over from a request whose connection was cut, else more may come behind what is told here.
        using var hold = await desk.Space.TakeAsync(id, ct);
        Tus.Told(http.Response, hold.Length, upload.ExpiresAt);
        http.Response.Headers[Tus.Length] = upload.Length.ToString(CultureInfo.InvariantCulture);
        http.Response.Headers[Tus.Metadata] = upload.Metadata;
        return TypedResults.Ok();
    }
}
