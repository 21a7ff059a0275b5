using Hdms.Kit.Hosting;
using Microsoft.Extensions.Configuration;

namespace Hdms.Communication;

/// <summary>What an organisation may set of the rules (docs/settings.md), and what is fixed.</summary>
sealed record CommunicationRules
{
    public const int MostMentions = 20;

    /// <summary>Of one person, in one process (DOMAIN.md section 6).</summary>
    public const int MostStreams = 10;

    /// <summary>Badges end here.</summary>
    public const int MostCounted = 1000;

    /// <summary>Progress told within this time is one notification.</summary>
    public static readonly TimeSpan ProgressTogether = TimeSpan.FromMinutes(5);

    public static readonly TimeSpan PresenceLasts = TimeSpan.FromSeconds(30);

    public static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    /// <summary>For how long a message may be edited or taken back by whoever wrote it.</summary>
    public TimeSpan EditWithin { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>So many positions of the log a live stream goes back for whoever comes again; further back it begins anew.</summary>
    public int MostReplayed { get; init; } = 10_000;

    public static CommunicationRules Of(IConfiguration settings) => new()
    {
        EditWithin = TimeSpan.FromMinutes(settings.Number("communication_edit_minutes", 15, 0, 1_000_000)),
        MostReplayed = settings.Number("communication_live_replay", 10_000, 0, 1_000_000),
    };
}
