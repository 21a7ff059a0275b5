using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Communication.Webhooks;

static class ReplayWebhookDelivery
{
    public static void Map(IEndpointRouteBuilder hooks) => hooks.MapPost("/{id:guid}/deliveries/{delivery:guid}/replay", Handle)
        .WithName(nameof(ReplayWebhookDelivery)).WithSummary("Sends a delivery again, now, under the same webhook-id, whether it had arrived or not (admin)")
        .AnswersEarly()
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.InvalidTransition);

    static Task<Answer<WebhookDeliveryView>> Handle(Guid id, Guid delivery, Caller caller, ServiceDatabase db, CancellationToken ct)
    {
        caller.MustBeAdmin();
        return db.AnswerAsync(caller, async unit =>
        {
            var hook = await WebhookTable.LockAsync(unit, id);
            if (await DeliveryTable.Rows.FindAsync(unit, "WHERE r.id = @delivery AND r.webhook_id = @id FOR UPDATE", new { delivery, id }) is null)
            {
                throw Refusal.NotFound("delivery");
            }

            WebhookViewing.MustBeOn(hook, "replay");
            await DeliveryTable.ReplayAsync(unit, "id = @delivery", new { delivery });
            var row = await DeliveryTable.Rows.FindAsync(unit, "WHERE r.id = @delivery", new { delivery });
            return Answer.Accepted($"{Service.Api}/webhooks/{id}/deliveries/{delivery}", row!);
        }, ct);
    }
}
