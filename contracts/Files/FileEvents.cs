namespace Hdms.Contracts;

/// <summary>
/// How a file is after the event (DOMAIN.md section 2, Attachment). Every event of a file carries all of it, so that a reader needs the
/// last one only, and a row can be made again from it.
/// </summary>
public abstract record AttachmentState
{
    public Guid Id { get; init; }

    public string OriginalFilename { get; init; } = "";

    public long FileSize { get; init; }

    /// <summary>By content.</summary>
    public string MimeType { get; init; } = "";

    public string FileExtension { get; init; } = "";

    public string Sha256 { get; init; } = "";

    /// <summary>Where the bytes are in the storage; null until they may be downloaded, and when they are gone.</summary>
    public string? FilePath { get; init; }

    public ScanStatus ScanStatus { get; init; }

    public string? ScanResult { get; init; }

    public DateTimeOffset? ScannedAt { get; init; }

    /// <summary>A preview was made.</summary>
    public bool IsProcessed { get; init; }

    public DateTimeOffset? ProcessedAt { get; init; }

    public Guid? TicketId { get; init; }

    public Guid? SubTicketId { get; init; }

    public Guid? ChatMessageId { get; init; }

    /// <summary>The ticket to whose quota it counts: its own, its sub-ticket's or its message's; null until it is attached.</summary>
    public Guid? OfTicketId { get; init; }

    public Guid UploadedById { get; init; }

    public Guid? RemovedBy { get; init; }

    public DateTimeOffset? RemovedAt { get; init; }

    public bool IsDeleted { get; init; }

    public DateTimeOffset? DeletedAt { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }
}

[EventType("file.uploaded.v1")]
public sealed record FileUploaded : AttachmentState;

/// <summary>Clean, infected or failed; the status tells. When infected, its bytes are gone.</summary>
[EventType("file.scanned.v1")]
public sealed record FileScanned : AttachmentState;

/// <summary>To a ticket, a sub-ticket or a message.</summary>
[EventType("file.attached.v1")]
public sealed record FileAttached : AttachmentState;

/// <summary>Its sub-ticket was merged into the ticket, to which it belongs from now on.</summary>
[EventType("file.relinked.v1")]
public sealed record FileRelinked : AttachmentState;

[EventType("file.removed.v1")]
public sealed record FileRemoved : AttachmentState
{
    public string Reason { get; init; } = "";
}

/// <summary>Nobody attached it within a day.</summary>
[EventType("file.expired.v1")]
public sealed record FileExpired : AttachmentState;

/// <summary>A preview was made, or none can be.</summary>
[EventType("file.processed.v1")]
public sealed record FileProcessed : AttachmentState;

/// <summary>Came from the old system, or through an engine that knows no events.</summary>
[EventType("file.imported.v1")]
public sealed record FileImported : AttachmentState;
