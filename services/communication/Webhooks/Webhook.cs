using System.Diagnostics.CodeAnalysis;
using System.Net;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Problems;

namespace Hdms.Communication.Webhooks;

/// <summary>A webhook, as the row says.</summary>
sealed record Webhook : WebhookState, IThingRow<Webhook>
{
    public long Version { get; init; }

    public Webhook Stamped(Guid id, DateTimeOffset createdAt, DateTimeOffset updatedAt, long version) =>
        this with { Id = id, CreatedAt = createdAt, UpdatedAt = updatedAt, Version = version };

    public void Check(Checks check, WebhookRules rules)
    {
        check.Text("name", Name, 100);
        if (check.Text("url", Url, 2000))
        {
            CheckUrl(check, Url, rules);
        }

        check.That("event_types", EventTypes is not { Count: 0 }, "must name at least one, or be null for all");
        var unknown = EventTypes?.Where(t => !WebhookEvents.All.Contains(t)).ToArray() ?? [];
        check.That("event_types", unknown.Length == 0, $"has what there is not; see {Service.Api}/webhooks/event-types");
    }

    /// <summary>What it is to say, in one spelling.</summary>
    public Webhook Trimmed() => this with
    {
        Name = Name?.Trim() ?? "",
        Url = TryRead(Url, out var url) ? url.AbsoluteUri : Url?.Trim() ?? "",
        EventTypes = EventTypes is null ? null : [.. EventTypes.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
    };

    /// <summary>A name is looked up only when something is sent: what it stands for may be another address by then.</summary>
    static void CheckUrl(Checks check, string text, WebhookRules rules)
    {
        if (!check.That("url", TryRead(text, out var url), "must be an address as https://example.org/hdms"))
        {
            return;
        }

        check.That("url", url!.Scheme == Uri.UriSchemeHttps || rules.PrivateNetworks, "must begin with https://");
        check.That("url", url.UserInfo.Length == 0, "must be without name and password");
        check.That("url", url.Fragment.Length == 0, "must be without what follows #");
        check.That(
            "url", rules.PrivateNetworks || !IPAddress.TryParse(url.DnsSafeHost, out var address) || PublicAddresses.Contain(address),
            "is in a private network, into which this installation sends nothing");
    }

    static bool TryRead(string? text, [NotNullWhen(true)] out Uri? url) =>
        Uri.TryCreate(text?.Trim(), UriKind.Absolute, out url) && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp) && url.DnsSafeHost.Length > 0;
}
