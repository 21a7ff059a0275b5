using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Idempotency;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Communication.Webhooks;
static class RegisterWebhook
{
    public static void Map(IEndpointRouteBuilder hooks) => hooks.MapPost("", Handle)
        .WithoutIdempotency().WithoutStoring()
        .WithName(nameof(RegisterWebhook)).WithSummary("Have a program told of events; the secret that signs them is shown this once (admin)")
        .Creates()
        .WithProblems(Codes.Forbidden, Codes.AlreadyExists);

    static Task<Answer<WebhookSecret>> Handle(
        RegisterWebhookRequest request, Caller caller, ServiceDatabase db, WebhookSecrets secrets, WebhookRules rules, CancellationToken ct)
    {
        caller.MustBeAdmin();
        var asked = new Webhook { Name = request.Name, Url = request.Url, EventTypes = request.EventTypes, IsActive = request.IsActive }.Trimmed();
        var check = new Checks();
        asked.Check(check, rules);
        check.Done();
        var key = Signature.NewKey();
        return db.AnswerAsync(caller, async unit =>
        {
            var row = await WebhookTable.InsertAsync<WebhookRegistered>(unit, asked with { ActiveSince = unit.Now });
            await secrets.AddAsync(unit, row.Id, key);
            return Answer.Created($"{Service.Api}/webhooks/{row.Id}", new WebhookSecret(await WebhookViewing.ViewAsync(unit, row), Signature.SecretOf(key)), row.Version);
        }, ct);
    }
}
