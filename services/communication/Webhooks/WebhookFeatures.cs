using Hdms.Contracts;
using Hdms.Kit.Feeds;
using Hdms.Kit.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Communication.Webhooks;

static class WebhookFeatures
{
    public static IServiceCollection AddWebhooks(this IServiceCollection services, IConfiguration settings)
    {
        services.AddSingleton(WebhookRules.Of(settings));
        services.AddSingleton<WebhookSecrets>();
        services.AddSingleton<WebhookSender>();
        services.AddSingleton<WebhookCleaner>();
        services.AddSingleton<IDoctorCheck, WebhookChecks>();
        services.AddFeedReader("webhooks_tickets", Services.Tickets, FollowEvents.OfTickets);
        services.AddFeedReader("webhooks_messages", Services.Communication, FollowEvents.OfMessages);
        if (settings.Flag("webhooks_deliver", true))
        {
            services.AddHostedService<DeliveryWorker>();
            services.AddHostedService(s => s.GetRequiredService<WebhookCleaner>());
        }

        return services;
    }

    public static void MapWebhooks(this IEndpointRouteBuilder api)
    {
        var hooks = api.MapGroup("/webhooks").WithTags("Webhooks");
        ListWebhookEventTypes.Map(hooks);
        RegisterWebhook.Map(hooks);
        ListWebhooks.Map(hooks);
        GetWebhook.Map(hooks);
        ChangeWebhook.Map(hooks);
        DeleteWebhook.Map(hooks);
        RotateWebhookSecret.Map(hooks);
        TestWebhook.Map(hooks);
        ListWebhookDeliveries.Map(hooks);
        GetWebhookDelivery.Map(hooks);
        ReplayWebhookDelivery.Map(hooks);
        ReplayWebhook.Map(hooks);
    }
}
