using System.Globalization;
using Hdms.Kit.Hosting;
using Microsoft.Extensions.Configuration;

namespace Hdms.Files;

/// <summary>What an organisation may set of the rules (DOMAIN.md section 6; docs/settings.md).</summary>
sealed record FileRules
{
    const long Megabyte = 1024 * 1024;

    public static readonly TimeSpan UnattachedLast = TimeSpan.FromHours(24);

    public const int MostAtOnce = 20;

    /// <summary>Where uploads come in, and where the files are unless they are in S3.</summary>
    public required string Folder { get; init; }

    public long LargestFile { get; init; } = 500 * Megabyte;

    public long PerTicket { get; init; } = 1024 * Megabyte;

    /// <summary>What one person may have uploaded and not attached; else a disk is filled with what nobody sees.</summary>
    public long Unattached { get; init; } = 2048 * Megabyte;

    /// <summary>How long bytes are kept that no row asks for any more, for a backup that still names them.</summary>
    public TimeSpan KeepDeleted { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Where clamd listens; null when there is no scanner.</summary>
    public string? Clamd { get; init; }

    /// <summary>Whether files are given out that nobody has scanned, where there is no scanner.</summary>
    public bool UnscannedAllowed { get; init; } = true;

    public static FileRules Of(IConfiguration settings) => new()
    {
        Folder = Path.GetFullPath(settings.Required("files_folder")),
        LargestFile = settings.Number("files_largest_mb", 500, 1, 100_000) * Megabyte,
        PerTicket = settings.Number("files_per_ticket_mb", 1024, 1, 1_000_000) * Megabyte,
        Unattached = settings.Number("files_unattached_mb", 2048, 1, 1_000_000) * Megabyte,
        KeepDeleted = TimeSpan.FromDays(settings.Number("files_keep_deleted_days", 30, 0, 3650)),
        Clamd = settings["files_clamd"] is { Length: > 0 } clamd ? clamd : null,
        UnscannedAllowed = settings.Flag("files_unscanned_allowed", true),
    };

    public static string Readable(long bytes) => bytes < Megabyte
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes:N0} bytes")
        : string.Create(CultureInfo.InvariantCulture, $"{(double)bytes / Megabyte:N1} MB");
}
