using System.ComponentModel.DataAnnotations;

namespace Hdms.Contracts;

/// <summary>What is known of a file's content.</summary>
public enum ScanStatus
{
    /// <summary>It waits for the scanner.</summary>
    Pending,
    Clean,

    /// <summary>Its bytes are gone; the row stays.</summary>
    Infected,

    /// <summary>The scanner could not tell, or did not answer; it is asked again.</summary>
    Failed,

    /// <summary>There is no scanner here.</summary>
    NotScanned,
}

/// <summary>A file as the caller sees it.</summary>
/// <param name="Name">As it was called where it came from; downloads are named after their content.</param>
/// <param name="Type">By content, as <c>application/pdf</c>.</param>
/// <param name="Extension">By content, without the dot.</param>
/// <param name="Sha256">In hexadecimal.</param>
/// <param name="ScanResult">What the scanner said: the name of what it found, or why it could not tell.</param>
/// <param name="HasPreview">A small picture of it can be had.</param>
/// <param name="TicketId">What it is attached to; of this and the two that follow one at most. None: it is to be attached within a day.</param>
public sealed record FileView(
    Guid Id,
    string Name,
    long Size,
    string Type,
    string Extension,
    string Sha256,
    ScanStatus ScanStatus,
    string? ScanResult,
    DateTimeOffset? ScannedAt,
    bool HasPreview,
    Guid? TicketId,
    Guid? SubTicketId,
    Guid? MessageId,
    PersonRef UploadedBy,
    DateTimeOffset CreatedAt,
    long Version);

/// <summary>The attachments of one thing, the oldest first.</summary>
public sealed record AttachmentsView(IReadOnlyList<FileView> Data);

/// <param name="FileIds">1 to 20 files that the caller has uploaded.</param>
public sealed record AttachFilesRequest([property: MinLength(1), MaxLength(20)] IReadOnlyList<Guid> FileIds);

/// <param name="Minutes">How long the link is good: 1 to 1,440.</param>
public sealed record MakeLinkRequest([property: Range(1, 1440)] int Minutes = 15);

/// <summary>A link that needs no token.</summary>
/// <param name="Url">A path of this address.</param>
public sealed record FileLink(string Url, DateTimeOffset ExpiresAt);
