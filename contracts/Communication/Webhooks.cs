using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json.Serialization;

namespace Hdms.Contracts;

/// <summary>What other programs can be told of by webhooks: events of tickets, sub-tickets and messages, under their published names.</summary>
public static class WebhookEvents
{
    /// <summary>What <c>POST /webhooks/{id}/test</c> sends; nobody chooses it.</summary>
    public const string Test = "webhook.test.v1";

    /// <summary>Neither drafts, which are their owners' alone, nor what heads keep for themselves, nor what services tell one another for their books.</summary>
    static readonly Type[] Types =
    [
        typeof(TicketSubmitted), typeof(TicketEnqueued), typeof(TicketEdited), typeof(TicketReviewStarted), typeof(TicketClarificationRequested),
        typeof(TicketClarified), typeof(TicketAssigned), typeof(TicketQueued), typeof(TicketRejected), typeof(TicketAcknowledged), typeof(TicketStarted),
        typeof(TicketProgressed), typeof(TicketReassigned), typeof(TicketReturnedToQueue), typeof(TicketApprovalRequested), typeof(TicketApproved),
        typeof(TicketApprovalRejected), typeof(TicketChangesRequested), typeof(TicketApprovalWithdrawn), typeof(TicketResolved), typeof(TicketConfirmed),
        typeof(TicketReworked), typeof(TicketClosed), typeof(TicketPostponed), typeof(TicketRestarted), typeof(TicketReopened), typeof(TicketUndone),
        typeof(TicketRestored), typeof(TicketSlaChanged), typeof(TicketMerged), typeof(TicketTagged), typeof(TicketAlerted),
        typeof(SubTicketCreated), typeof(SubTicketStarted), typeof(SubTicketProgressed), typeof(SubTicketResolved), typeof(SubTicketClosed),
        typeof(SubTicketReopened), typeof(SubTicketReassigned),
        typeof(MessagePosted), typeof(MessageEdited), typeof(MessageDeleted),
    ];

    public static readonly IReadOnlyList<string> All = [.. Types.Select(t => t.GetCustomAttribute<EventTypeAttribute>()!.Name)];
}

/// <param name="Url">Where to: https, and no address of a private network, unless the installation allows both.</param>
/// <param name="EventTypes">Those it is told of, from <c>GET /webhooks/event-types</c>; null for all, also those to come.</param>
public sealed record RegisterWebhookRequest(
    [property: StringLength(100, MinimumLength = 1)] string Name, [property: StringLength(2000, MinimumLength = 1)] string Url, IReadOnlyList<string>? EventTypes = null, bool IsActive = true);

/// <summary>What is to be changed of a webhook: members that are absent stay.</summary>
public sealed record ChangeWebhookRequest
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault), StringLength(100, MinimumLength = 1)]
    public Optional<string> Name { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault), StringLength(2000, MinimumLength = 1)]
    public Optional<string> Url { get; init; }

    /// <summary>Null for all.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<IReadOnlyList<string>?> EventTypes { get; init; }

    /// <summary>Turned off, what waits to be sent is given up; it can be replayed. Turned on, it is told of what happens from then on.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<bool> IsActive { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Version { get; init; }
}

/// <param name="OldSecretHours">For how long the secret of before goes on signing, too.</param>
public sealed record RotateWebhookSecretRequest([property: Range(0, 168)] int OldSecretHours = 24);

/// <param name="Since">Failed deliveries of events from then on.</param>
public sealed record ReplayWebhookRequest(DateTimeOffset Since);

/// <param name="Replayed">How many are sent again.</param>
public sealed record WebhookReplay(int Replayed);

/// <summary>Why the system turned a webhook off.</summary>
public enum WebhookOffReason
{
    /// <summary>Its receiver answered 410.</summary>
    Gone,

    /// <summary>Nothing has reached it for five days.</summary>
    Failing,
}

/// <summary>Where other programs are told of events, without its secret.</summary>
/// <param name="EventTypes">Null: all.</param>
/// <param name="OffReason">Why the system turned it off; null where a person did, or it is on.</param>
/// <param name="FailingSince">When the first of the tries failed since the last that succeeded.</param>
/// <param name="LastStatus">What the last try was answered; null where there was no answer, or no try.</param>
/// <param name="OldSecretUntil">The secret of before signs, too, until then.</param>
public sealed record WebhookView(
    Guid Id, string Name, string Url, IReadOnlyList<string>? EventTypes, bool IsActive, WebhookOffReason? OffReason,
    DateTimeOffset? FailingSince, DateTimeOffset? LastAttemptAt, int? LastStatus, DateTimeOffset? OldSecretUntil,
    DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, long Version);

/// <summary>A new secret, which is shown this once.</summary>
/// <param name="Secret"><c>whsec_…</c>: after the prefix the key in base64 (Standard Webhooks 1.0).</param>
public sealed record WebhookSecret(WebhookView Webhook, string Secret)
{
    public override string ToString() => $"{nameof(WebhookSecret)} {Webhook.Id}";
}

public enum WebhookDeliveryState
{
    /// <summary>It is sent, or sent again, when it is due.</summary>
    Pending,
    Delivered,

    /// <summary>Given up; it can be replayed.</summary>
    Failed,
}

/// <summary>An event for a webhook.</summary>
/// <param name="Id">Sent as <c>webhook-id</c>, the same with every try.</param>
/// <param name="EventAt">When it happened.</param>
/// <param name="NextAttemptAt">Null when it is over.</param>
/// <param name="LastError">Why the last try failed; null where it succeeded.</param>
public sealed record WebhookDeliveryView(
    Guid Id, Guid WebhookId, string EventType, DateTimeOffset EventAt, WebhookDeliveryState State, int Attempts, DateTimeOffset? NextAttemptAt,
    int? LastStatus, string? LastError, DateTimeOffset CreatedAt, DateTimeOffset? FinishedAt);

/// <summary>A delivery with what was sent and what came of it.</summary>
/// <param name="Body">What is sent, to the byte.</param>
/// <param name="AllAttempts">The first one first.</param>
public sealed record WebhookDeliveryDetails(WebhookDeliveryView Delivery, string Body, IReadOnlyList<WebhookAttemptView> AllAttempts);

/// <summary>One try.</summary>
/// <param name="Status">Null when no answer came.</param>
/// <param name="Error">Why it does not count; null where it succeeded.</param>
/// <param name="Answer">The beginning of the answer's body.</param>
public sealed record WebhookAttemptView(int Number, DateTimeOffset At, TimeSpan Took, int? Status, string? Error, string? Answer);

/// <summary>A webhook after the event, without its secret.</summary>
public abstract record WebhookState
{
    public Guid Id { get; init; }

    public string Name { get; init; } = "";

    /// <summary>Addresses of some receivers have a secret in them: only services are told.</summary>
    public string Url { get; init; } = "";

    public IReadOnlyList<string>? EventTypes { get; init; }

    public bool IsActive { get; init; } = true;

    /// <summary>Of what happened before it is told nothing.</summary>
    public DateTimeOffset ActiveSince { get; init; }

    public WebhookOffReason? OffReason { get; init; }

    public bool IsDeleted { get; init; }

    public DateTimeOffset? DeletedAt { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }
}

[EventType("webhook.registered.v1")]
public sealed record WebhookRegistered : WebhookState;

[EventType("webhook.changed.v1")]
public sealed record WebhookChanged : WebhookState;

/// <summary>The system has given it up.</summary>
[EventType("webhook.turned_off.v1")]
public sealed record WebhookTurnedOff : WebhookState;

/// <summary>It has a new secret.</summary>
[EventType("webhook.secret_rotated.v1")]
public sealed record WebhookSecretRotated : WebhookState
{
    public DateTimeOffset OldSecretUntil { get; init; }
}

[EventType("webhook.deleted.v1")]
public sealed record WebhookDeleted : WebhookState;

/// <summary>Came through an engine that knows no events.</summary>
[EventType("webhook.imported.v1")]
public sealed record WebhookImported : WebhookState;
