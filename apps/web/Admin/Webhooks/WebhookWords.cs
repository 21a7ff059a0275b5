using Hdms.Contracts;

namespace Hdms.Web.Admin.Webhooks;

/// <summary>How webhooks and what was sent to them are called on pages.</summary>
static class WebhookWords
{
    /// <summary>What state it is in, with its colour.</summary>
    public static (string Word, string Class) StateOf(WebhookView hook) => hook switch
    {
        { OffReason: WebhookOffReason.Gone } => ("turned off: its receiver is gone", "tone-bad"),
        { OffReason: WebhookOffReason.Failing } => ("turned off: nothing reached it for five days", "tone-bad"),
        { IsActive: false } => ("off", "tone-plain"),
        { FailingSince: not null } => ("failing", "tone-wait"),
        { LastAttemptAt: null } => ("on, nothing sent yet", "tone-new"),
        _ => ("on", "tone-done"),
    };

    public static (string Word, string Class) StateOf(WebhookDeliveryView delivery) => delivery.State switch
    {
        WebhookDeliveryState.Delivered => ("delivered", "tone-done"),
        WebhookDeliveryState.Failed => ("failed", "tone-bad"),
        _ => (delivery.Attempts == 0 ? "to be sent" : "to be sent again", "tone-wait"),
    };

    /// <summary>The published events by what they happen to.</summary>
    public static IEnumerable<(string Name, IEnumerable<string> Types)> Groups() =>
        WebhookEvents.All.GroupBy(t => t.Split('.')[0]).Select(g => (g.Key switch { "ticket" => "Tickets", "sub_ticket" => "Sub-tickets", _ => "Messages" }, g.AsEnumerable()));
}
