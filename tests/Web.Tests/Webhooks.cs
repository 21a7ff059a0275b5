using Hdms.Contracts;
using Hdms.Testing;

namespace Hdms.Web.Tests;

/// <summary>Webhooks brought to where a test begins, by the API.</summary>
static class Webhooks
{
    const string Path = "/api/v1/webhooks";

    /// <summary>One to which a test event was sent in vain.</summary>
    public static async Task<(Guid Hook, Guid Delivery)> WithWebhookAsync(this Site site)
    {
        var admin = await site.ApiAsync(People.Admin);
        var hook = (await admin.DoAsync<WebhookSecret>(
            HttpMethod.Post, Path, new RegisterWebhookRequest($"Wallboard {Guid.NewGuid():N}"[..20], "https://receiver.invalid/hdms", ["ticket.assigned.v1", "ticket.closed.v1"]))).Webhook.Id;
        var delivery = (await admin.DoAsync<WebhookDeliveryView>(HttpMethod.Post, $"{Path}/{hook}/test")).Id;
        await Eventually.ShouldAsync(async () => (await admin.ReadAsync<WebhookDeliveryDetails>($"{Path}/{hook}/deliveries/{delivery}")).Delivery.Attempts > 0);
        return (hook, delivery);
    }
}
