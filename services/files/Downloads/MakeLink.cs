using Hdms.Contracts;
using Hdms.Files.Attachments;
using Hdms.Files.Files;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Idempotency;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Files.Downloads;

static class MakeLink
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/files/{id:guid}/links", Handle)
        .WithoutIdempotency()
        .WithName(nameof(MakeLink))
        .WithTags("Downloads")
        .WithSummary("A link to a file's bytes that needs no token and is good for some minutes, as long as its maker may see the file")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.ScanPending, Codes.Infected, Codes.ReferenceUnavailable);

    static async Task<Answer<FileLink>> Handle(
        Guid id, MakeLinkRequest request, Caller caller, Sight sight, LinkTokens links, ServiceDatabase db, TimeProvider clock, CancellationToken ct)
    {
        var check = new Checks();
        check.That("minutes", request.Minutes is >= 1 and <= 1440, "must be 1 to 1440");
        check.Done();
        var me = caller.Person;
        var file = await db.ReadAsync(c => AttachmentTable.FindAsync(c, id, ct), ct);
        await sight.MustSeeAsync(file, caller, ct);
        file.MustBeReadable();
        var until = clock.GetUtcNow().AddMinutes(request.Minutes);
        return Answer.Ok(new FileLink($"{Service.Api}/files/links/{links.Write(new LinkContent(id, me, caller.Role, caller.DepartmentId, until))}", until));
    }
}
