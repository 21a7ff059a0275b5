using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Idempotency;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Communication.Webhooks;

static class RotateWebhookSecret
{
    public static void Map(IEndpointRouteBuilder hooks) => hooks.MapPost("/{id:guid}/rotate", Handle)
        .WithoutIdempotency().WithoutStoring()
        .WithName(nameof(RotateWebhookSecret)).WithSummary("Give the webhook a new secret, shown this once; the one of before signs, too, for a day or as long as is said (admin)")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.PreconditionFailed);

    static Task<Answer<WebhookSecret>> Handle(
        Guid id, RotateWebhookSecretRequest request, Caller caller, Preconditions preconditions, ServiceDatabase db, WebhookSecrets secrets, CancellationToken ct)
    {
        caller.MustBeAdmin();
        if (request.OldSecretHours is < 0 or > 168)
        {
            throw Refusal.Invalid("old_secret_hours", "must be 0 to 168");
        }

        var key = Signature.NewKey();
        return db.AnswerAsync(caller, async unit =>
        {
            var before = await WebhookTable.LockAsync(unit, id);
            await preconditions.RequireAsync(unit, id, before.Version);
            var oldUntil = unit.Now.AddHours(request.OldSecretHours);
            await secrets.RotateAsync(unit, id, key, oldUntil);
            var row = await WebhookTable.SaveAsync<WebhookSecretRotated>(unit, before, before, with: e => e with { OldSecretUntil = oldUntil });
            return Answer.Ok(new WebhookSecret(await WebhookViewing.ViewAsync(unit, row), Signature.SecretOf(key)), row.Version);
        }, ct);
    }
}
