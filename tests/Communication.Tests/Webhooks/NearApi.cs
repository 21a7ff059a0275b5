using Hdms.Contracts;

namespace Hdms.Communication.Tests.Webhooks;

/// <summary>An installation that may send into private networks, so that receivers can be on this machine.</summary>
public sealed class NearApi : IAsyncLifetime
{
    CommunicationApi? _api;

    public CommunicationApi Api => _api!;

    public async ValueTask InitializeAsync() => _api = await CommunicationApi.StartAsync(("webhooks_private_networks", "true"), ("webhooks_timeout_seconds", "5"));

    public ValueTask DisposeAsync() => _api?.DisposeAsync() ?? ValueTask.CompletedTask;
}

/// <summary>What an admin does with webhooks.</summary>
static class Hooks
{
    public const string Path = "/api/v1/webhooks";

    public static HttpClient Admin(this CommunicationApi api) => api.Chat(api.World.Admin);

    public static Task<WebhookSecret> RegisterAsync(this CommunicationApi api, string url, params string[] types) => api.Admin().DoAsync<WebhookSecret>(
        HttpMethod.Post, Path, new RegisterWebhookRequest($"Hook {Guid.NewGuid():N}", url, types.Length == 0 ? null : types));

    /// <summary>One to which nothing is sent but test events: no ticket is merged here.</summary>
    public static Task<WebhookSecret> RegisterQuietAsync(this CommunicationApi api, string url) => api.RegisterAsync(url, "ticket.merged.v1");

    public static Task<WebhookView> WebhookAsync(this CommunicationApi api, Guid id) => api.Admin().ReadAsync<WebhookView>($"{Path}/{id}");

    public static Task<WebhookView> ChangeAsync(this CommunicationApi api, Guid id, ChangeWebhookRequest request) => api.Admin().DoAsync<WebhookView>(HttpMethod.Patch, $"{Path}/{id}", request);

    public static Task<WebhookDeliveryView> TestAsync(this CommunicationApi api, Guid id) => api.Admin().DoAsync<WebhookDeliveryView>(HttpMethod.Post, $"{Path}/{id}/test");

    public static async Task<IReadOnlyList<WebhookDeliveryView>> LogAsync(this CommunicationApi api, Guid id, string query = "") =>
        (await api.Admin().ReadAsync<CursorPage<WebhookDeliveryView>>($"{Path}/{id}/deliveries?limit=100{query}")).Data;

    public static Task<WebhookDeliveryDetails> DeliveryAsync(this CommunicationApi api, WebhookDeliveryView delivery) =>
        api.Admin().ReadAsync<WebhookDeliveryDetails>($"{Path}/{delivery.WebhookId}/deliveries/{delivery.Id}");

    /// <summary>Until so many tries of it are written down.</summary>
    public static async Task<WebhookDeliveryDetails> TriedAsync(this CommunicationApi api, WebhookDeliveryView delivery, int attempts)
    {
        await Eventually.ShouldAsync(async () => (await api.DeliveryAsync(delivery)).Delivery.Attempts >= attempts);
        return await api.DeliveryAsync(delivery);
    }

    /// <summary>Until the readers of events for webhooks have read all that there is.</summary>
    public static Task ReadAsync(this CommunicationApi api) => Eventually.ShouldAsync(() => api.Database.ScalarAsync<bool>(
        """
        SELECT (SELECT position FROM communication_cursors WHERE reader = 'webhooks_tickets') >= (SELECT coalesce(max(position), 0) FROM tickets_events WHERE stream_version IS NOT NULL)
           AND (SELECT position FROM communication_cursors WHERE reader = 'webhooks_messages') >= (SELECT coalesce(max(position), 0) FROM communication_events WHERE stream_version IS NOT NULL)
        """)!);
}
