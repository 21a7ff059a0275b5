using Hdms.Contracts;
using Hdms.Files.Files;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Files.Attachments;

static class ListAttachments
{
    public static void Map(IEndpointRouteBuilder api, TargetKind kind) => api.MapGet(
            $"/{kind.Path()}/{{id:guid}}/attachments",
            (Guid id, Caller caller, Sight sight, ServiceDatabase db, CancellationToken ct) => HandleAsync(kind, id, caller, sight, db, ct))
        .WithName($"List{kind}Attachments")
        .WithTags("Attachments")
        .WithSummary($"The attachments of a {kind.Words()}, the oldest first")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.ReferenceUnavailable);

    static async Task<Answer<AttachmentsView>> HandleAsync(TargetKind kind, Guid id, Caller caller, Sight sight, ServiceDatabase db, CancellationToken ct)
    {
        var target = await sight.OfAsync(kind, id, caller, ct);
        return Answer.Ok(await db.ReadAsync(async connection => new AttachmentsView(await FileViewing.ManyAsync(
            connection, await AttachmentTable.Rows.QueryAsync(connection, $"WHERE {target.Where} AND NOT r.is_deleted ORDER BY r.created_at, r.id LIMIT 1000", target, ct), ct)), ct));
    }
}
