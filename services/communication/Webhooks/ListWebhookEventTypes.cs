using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Communication.Webhooks;

static class ListWebhookEventTypes
{
    public static void Map(IEndpointRouteBuilder hooks) => hooks.MapGet("/event-types", Handle)
        .WithName(nameof(ListWebhookEventTypes)).WithSummary("What a webhook can be told of (admin)")
        .WithProblems(Codes.Forbidden);

    static Answer<IReadOnlyList<string>> Handle(Caller caller)
    {
        caller.MustBeAdmin();
        return Answer.Ok(WebhookEvents.All);
    }
}
