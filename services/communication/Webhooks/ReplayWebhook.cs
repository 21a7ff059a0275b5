using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Communication.Webhooks;

static class ReplayWebhook
{
    public static void Map(IEndpointRouteBuilder hooks) => hooks.MapPost("/{id:guid}/replay", Handle)
        .WithName(nameof(ReplayWebhook)).WithSummary("Sends again, now, all failed deliveries of events since a time, each under its webhook-id (admin)")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.InvalidTransition);

    static Task<Answer<WebhookReplay>> Handle(Guid id, ReplayWebhookRequest request, Caller caller, ServiceDatabase db, CancellationToken ct)
    {
        caller.MustBeAdmin();
        return db.AnswerAsync(caller, async unit =>
        {
            WebhookViewing.MustBeOn(await WebhookTable.LockAsync(unit, id), "replay");
            return Answer.Ok(new WebhookReplay(await DeliveryTable.ReplayAsync(unit, "webhook_id = @id AND state = 'failed' AND event_at >= @Since", new { id, request.Since })));
        }, ct);
    }
}
