using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Communication.Webhooks;

static class ChangeWebhook
{
    public static void Map(IEndpointRouteBuilder hooks) => hooks.MapPatch("/{id:guid}", Handle)
        .WithName(nameof(ChangeWebhook)).WithSummary("Changes members of a webhook, or turns it off or on: those that are absent stay (admin)")
        .Accepts<ChangeWebhookRequest>("application/json", "application/merge-patch+json")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.AlreadyExists, Codes.VersionConflict, Codes.PreconditionFailed);

    static Task<Answer<WebhookView>> Handle(
        Guid id, ChangeWebhookRequest request, Caller caller, Preconditions preconditions, ServiceDatabase db, WebhookRules rules, CancellationToken ct)
    {
        caller.MustBeAdmin();
        return db.AnswerAsync(caller, async unit =>
        {
            var before = await WebhookTable.LockAsync(unit, id);
            await preconditions.RequireAsync(unit, id, before.Version, request.Version);
            var after = Changed(before, request, unit.Now);
            var check = new Checks();
            after.Check(check, rules);
            check.Done();
            var row = after == before ? before : await WebhookTable.SaveAsync<WebhookChanged>(unit, before, after);
            if (before.IsActive && !row.IsActive)
            {
                await DeliveryTable.GiveUpAsync(unit, id);
            }
            else if (!before.IsActive && row.IsActive)
            {
                // It begins anew; else its first failure would turn it off again.
                await unit.ExecuteAsync("UPDATE webhook_health SET failing_since = NULL WHERE webhook_id = @id", new { id });
            }

            return Answer.Ok(await WebhookViewing.ViewAsync(unit, row), row.Version);
        }, ct);
    }

    static Webhook Changed(Webhook before, ChangeWebhookRequest request, DateTimeOffset now)
    {
        var isActive = request.IsActive.Or(before.IsActive);
        var after = (before with
        {
            Name = request.Name.Or(before.Name),
            Url = request.Url.Or(before.Url),
            EventTypes = request.EventTypes.Or(before.EventTypes),
            IsActive = isActive,
            ActiveSince = isActive && !before.IsActive ? now : before.ActiveSince,
            OffReason = isActive ? null : before.OffReason,
        }).Trimmed();

        // Lists are the same when they say the same; as parts of records they are compared as objects.
        var same = after.EventTypes is { } types && before.EventTypes is { } old && types.SequenceEqual(old, StringComparer.Ordinal);
        return same ? after with { EventTypes = before.EventTypes } : after;
    }
}
