using Hdms.Contracts;
using Hdms.Kit.Events;
using Hdms.Kit.Problems;

namespace Hdms.Files.Files;

/// <summary>A file, as the row says.</summary>
sealed record Attachment : AttachmentState
{
    public long Version { get; init; }

    internal bool IsAttached => OfTicketId is not null;

    internal bool IsPicture => MimeType is "image/png" or "image/jpeg" or "image/gif";

    /// <summary>The whole state as an event.</summary>
    public T As<T>()
        where T : AttachmentState, new() => Whole<AttachmentState>.As<T>(this);

    /// <exception cref="Refusal">410 infected, 409 scan pending.</exception>
    public void MustBeReadable()
    {
        if (ScanStatus == ScanStatus.Infected)
        {
            throw new Refusal(Codes.Infected, "The scanner found something in it; its bytes were deleted.");
        }

        if (FilePath is null)
        {
            throw new Refusal(Codes.ScanPending, ScanStatus switch
            {
                ScanStatus.NotScanned => "There is no scanner here, and files that nobody has scanned are not given out.",
                ScanStatus.Failed => "The scanner could not tell whether it is clean; it is asked again.",
                _ => "It waits for the scanner. Try again in a moment.",
            })
            { RetryAfter = TimeSpan.FromSeconds(2) };
        }
    }

    public FileView View(Names names) => new(
        Id, OriginalFilename, FileSize, MimeType, FileExtension, Sha256, ScanStatus, ScanResult, ScannedAt, IsProcessed, TicketId, SubTicketId, ChatMessageId,
        names.Person(UploadedById), CreatedAt, Version);
}
