using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Problems;
using Hdms.Kit.Replicas;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Tickets.Tickets;

/// <summary>
/// Row 4: a draft with an infected attachment is not submitted. What is infected the files service's feed tells, a moment after the
/// scanner has found it; what is still being scanned holds nothing up.
/// </summary>
static class InfectedAttachments
{
    static readonly Replica Attachments = new("tickets_replica_attachments", ["of_ticket_id", "original_filename", "scan_status", "is_deleted"]);

    public static IServiceCollection AddAttachments(this IServiceCollection services) => services.AddReplica(Attachments, Services.Files, on => on
        .Of<FileUploaded>().Of<FileScanned>().Of<FileAttached>().Of<FileRelinked>().Of<FileRemoved>().Of<FileExpired>().Of<FileProcessed>().Of<FileImported>());

    /// <exception cref="Refusal">422, naming them.</exception>
    public static async Task MustBeNoneAsync(UnitOfWork unit, Guid ticket)
    {
        var infected = await unit.QueryAsync<string>(
            "SELECT original_filename FROM tickets_replica_attachments WHERE of_ticket_id = @ticket AND scan_status = 'infected' AND NOT is_deleted ORDER BY original_filename", new { ticket });
        if (infected.Count > 0)
        {
            throw new Refusal(Codes.ValidationFailed, "The scanner found something in an attachment. Remove it, then submit.")
            {
                Errors = new Dictionary<string, string[]> { ["attachments"] = [.. infected.Select(name => $"{name} is infected")] },
            };
        }
    }
}
