using Hdms.Kit.Http;
using Hdms.Kit.Idempotency;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Files.Uploads;

static class EndUpload
{
    public static void Map(IEndpointRouteBuilder api) => api.MapDelete("/files/uploads/{id:guid}", Handle)
        .WithoutIdempotency()
        .WithName(nameof(EndUpload))
        .WithTags("Uploads")
        .WithSummary("Throws away what has come of an upload")
        .Produces(StatusCodes.Status204NoContent)
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.PreconditionFailed, Codes.UploadLocked);

    static async Task<IResult> Handle(Guid id, HttpContext http, Caller caller, UploadDesk desk, CancellationToken ct)
    {
        Tus.Begin(http);
        await desk.FindAsync(id, caller, ct);
        using var hold = await desk.Space.TakeAsync(id, ct);
        await desk.Finish.DropAsync(id, caller);
        return TypedResults.NoContent();
    }
}
