using System.Security.Cryptography;
using System.Text;
using Hdms.Files.Attachments;
using Hdms.Files.Files;
using Hdms.Files.Uploads;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Files.Demo;

/// <summary>A ticket of the demo organisation that gets attachments, and who raised it.</summary>
public sealed record DemoTarget(Guid TicketId, string? Number, string Title, Guid RequesterId);

/// <summary>
/// Attachments of the demo organisation's tickets: a letter, a picture and a note, made here and taken in by the same code as people's.
/// Each has an id that is made of its ticket's, so a start goes on where the one before was cut off.
/// </summary>
public static class DemoFiles
{
    /// <returns>How many were made.</returns>
    public static async Task<int> MakeAsync(IServiceProvider filesService, IReadOnlyList<DemoTarget> tickets, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(tickets);
        var made = 0;
        foreach (var ticket in tickets)
        {
            foreach (var (name, bytes) in DemoPapers.Of(ticket))
            {
                made += await MakeAsync(filesService, ticket, name, bytes, ct) ? 1 : 0;
            }
        }

        return made;
    }

    static async Task<bool> MakeAsync(IServiceProvider service, DemoTarget ticket, string name, byte[] bytes, CancellationToken ct)
    {
        var database = service.GetRequiredService<ServiceDatabase>();
        var space = service.GetRequiredService<UploadSpace>();
        var id = new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"demo {ticket.TicketId:N} {name}")).AsSpan(0, 16));
        var by = Caller.System() with { UserId = ticket.RequesterId };
        var there = await database.ReadAsync(c => AttachmentTable.Rows.FindAsync(c, "WHERE r.id = @id", new { id }, ct), ct);
        if (there is null)
        {
            using var hold = await space.TakeAsync(id, ct);
            using var hash = new RunningHash();
            RandomAccess.SetLength(hold.File, 0);
            await Incoming.WriteAsync(hold, hash, new MemoryStream(bytes), bytes.Length, null, hold.Stop);
            there = await service.GetRequiredService<FinishUpload>().RunAsync(hold, hash, name, by, ct);
        }

        if (there.IsAttached || there.IsDeleted)
        {
            return false;
        }

        var rules = service.GetRequiredService<FileRules>();
        await database.WriteAsync(by, unit => AttachFiles.AttachAsync(unit, new Target(ticket.TicketId, null, null, true, false), [id], ticket.RequesterId, rules), ct);
        return true;
    }
}
