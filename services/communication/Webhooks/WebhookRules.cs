using Hdms.Kit.Hosting;
using Microsoft.Extensions.Configuration;

namespace Hdms.Communication.Webhooks;

/// <summary>What an installation may set of webhooks (docs/settings.md), and what is fixed.</summary>
sealed record WebhookRules
{
    /// <summary>Waits before a delivery is tried again; after the last of them it is given up.</summary>
    public static readonly IReadOnlyList<TimeSpan> Retries =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(5), TimeSpan.FromHours(10),
    ];

    /// <summary>So much of a wait at most is added to it by chance, lest all that failed at once come again at once.</summary>
    public const double Jitter = 0.1;

    /// <summary>A webhook that nothing has reached for so long is turned off.</summary>
    public static readonly TimeSpan GivenUpAfter = TimeSpan.FromDays(5);

    public static readonly TimeSpan DeliveredKept = TimeSpan.FromDays(30);

    /// <summary>Longer, so that somebody who comes back to them can replay them.</summary>
    public static readonly TimeSpan FailedKept = TimeSpan.FromDays(90);

    /// <summary>Of an answer's body, in bytes.</summary>
    public const int AnswerKept = 1024;

    /// <summary>Whether receivers may be in private networks, and spoken to without TLS.</summary>
    public bool PrivateNetworks { get; init; }

    /// <summary>For how long an answer is waited for.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Longer than a try takes with all that belongs to it: after that, whoever began it is taken for dead.</summary>
    public TimeSpan Lease => Timeout + TimeSpan.FromSeconds(30);

    public static WebhookRules Of(IConfiguration settings) => new()
    {
        PrivateNetworks = settings.Flag("webhooks_private_networks", false),
        Timeout = TimeSpan.FromSeconds(settings.Number("webhooks_timeout_seconds", 15, 1, 60)),
    };
}
