using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Communication.Webhooks;

static class GetWebhook
{
    // Its version says nothing of how it goes, so 304 would not either.
    public static void Map(IEndpointRouteBuilder hooks) => hooks.MapGet("/{id:guid}", Handle)
        .WithName(nameof(GetWebhook)).WithSummary("A webhook, without its secret (admin)")
        .WithProblems(Codes.Forbidden, Codes.NotFound);

    static Task<Answer<WebhookView>> Handle(Guid id, Caller caller, ServiceDatabase db, TimeProvider clock, CancellationToken ct)
    {
        caller.MustBeAdmin();
        return db.ReadAsync(async connection =>
        {
            var row = await WebhookViewing.FindAsync(connection, id, ct);
            return Answer.Ok((await WebhookViewing.ViewAsync(connection, [row], clock.GetUtcNow(), ct))[0], row.Version);
        }, ct);
    }
}
