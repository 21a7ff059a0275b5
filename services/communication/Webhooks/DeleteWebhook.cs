using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Communication.Webhooks;

static class DeleteWebhook
{
    public static void Map(IEndpointRouteBuilder hooks) => hooks.MapDelete("/{id:guid}", Handle)
        .WithName(nameof(DeleteWebhook)).WithSummary("Deletes a webhook with its secret, its log and what waits to be sent to it (admin)")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.PreconditionFailed);

    static Task<Answer<NoBody>> Handle(Guid id, Caller caller, Preconditions preconditions, ServiceDatabase db, CancellationToken ct)
    {
        caller.MustBeAdmin();
        return db.AnswerAsync(caller, async unit =>
        {
            var before = await WebhookTable.LockAsync(unit, id);
            await preconditions.RequireAsync(unit, id, before.Version);
            await WebhookTable.SaveAsync<WebhookDeleted>(unit, before, before with { IsActive = false, IsDeleted = true, DeletedAt = unit.Now });
            await WebhookSecrets.ForgetAsync(unit, id);

            // The rest of its log, which may be long, is left to the cleaner.
            await unit.ExecuteAsync("DELETE FROM webhook_deliveries WHERE webhook_id = @id AND state = 'pending'", new { id });
            return Answer.NoContent();
        }, ct);
    }
}
