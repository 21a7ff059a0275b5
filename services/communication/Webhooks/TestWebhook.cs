using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Communication.Webhooks;

static class TestWebhook
{
    public static void Map(IEndpointRouteBuilder hooks) => hooks.MapPost("/{id:guid}/test", Handle)
        .WithName(nameof(TestWebhook)).WithSummary($"Sends an event of type {WebhookEvents.Test}; Location tells what came of it (admin)")
        .AnswersEarly()
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.InvalidTransition);

    static Task<Answer<WebhookDeliveryView>> Handle(Guid id, Caller caller, ServiceDatabase db, CancellationToken ct)
    {
        caller.MustBeAdmin();
        return db.AnswerAsync(caller, async unit =>
        {
            var hook = await WebhookTable.LockAsync(unit, id);
            WebhookViewing.MustBeOn(hook, "test");
            var delivery = await DeliveryTable.AddAsync(unit, id, $"test:{Guid.NewGuid()}", WebhookEvents.Test, unit.Now, new { webhook_id = id });
            var row = await DeliveryTable.Rows.FindAsync(unit, "WHERE r.id = @delivery", new { delivery });
            return Answer.Accepted($"{Service.Api}/webhooks/{id}/deliveries/{delivery}", row!);
        }, ct);
    }
}
