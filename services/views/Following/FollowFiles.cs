using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Feeds;

namespace Hdms.Views.Following;

/// <summary>Counts the files of each ticket, its sub-tickets' and messages' too, by the files service's feed.</summary>
static class FollowFiles
{
    public static void Handle(FeedHandlers on) => on
        .FromStartAfterRestore(async unit =>
        {
            await OneWriter.HoldAsync(unit);
            await unit.ExecuteAsync("DELETE FROM view_files; UPDATE view_tickets SET attachments = 0 WHERE attachments > 0");
        })
        .Every<AttachmentState>(TakeAsync);

    static async Task TakeAsync(UnitOfWork unit, AttachmentState file, FeedEvent e)
    {
        await OneWriter.HoldAsync(unit);
        var there = file is { OfTicketId: not null, IsDeleted: false, RemovedAt: null, ScanStatus: not ScanStatus.Infected };
        var before = await unit.FindAsync<(Guid? TicketId, bool IsThere, long Version)?>("SELECT ticket_id, is_there, version FROM view_files WHERE id = @Id", new { file.Id });
        if (before is { } known && (known.Version >= e.Streamversion || (known.TicketId, known.IsThere) == (file.OfTicketId, there)))
        {
            return;
        }

        await unit.ExecuteAsync(
            """
            INSERT INTO view_files (id, ticket_id, is_there, version) VALUES (@Id, @OfTicketId, @there, @Streamversion)
            ON CONFLICT (id) DO UPDATE SET ticket_id = excluded.ticket_id, is_there = excluded.is_there, version = excluded.version
            """,
            new { file.Id, file.OfTicketId, there, e.Streamversion });
        await unit.ExecuteAsync(
            """
            UPDATE view_tickets AS r SET attachments = (SELECT count(*) FROM view_files AS f WHERE f.ticket_id = r.id AND f.is_there)
            WHERE r.id IN (@OfTicketId, @before)
            """,
            new { file.OfTicketId, before = before?.TicketId });
    }
}
