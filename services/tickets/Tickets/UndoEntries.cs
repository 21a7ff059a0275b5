using System.Text.Json;
using Hdms.Contracts;
using Hdms.Kit.Database;

namespace Hdms.Tickets.Tickets;

/// <summary>What else an action ended, and undoing it begins again.</summary>
/// <param name="Requests">Requests that were withdrawn or granted with it.</param>
sealed record UndoneWith(IReadOnlyList<Guid> Requests)
{
    public static readonly UndoneWith Nothing = new([]);
}

/// <summary>The ticket as it was before an action, for a quarter of an hour (DOMAIN.md section 2, UndoEntry).</summary>
sealed record UndoEntry(Guid Id, Ticket Before, UndoneWith Also);

/// <summary>Keeps what moderators may take back.</summary>
static class UndoEntries
{
    /// <param name="original">To what undoing goes back: in an action of several steps the ticket before the first.</param>
    public static async Task<Ticket> SaveAsync<T>(
        TicketTable tickets, UnitOfWork unit, Ticket original, Ticket before, Ticket after, string action, string? reason, Func<T, T>? with, UndoneWith? also)
        where T : TicketState, new()
    {
        var until = unit.Now + TicketRules.UndoFor;
        var row = await tickets.SaveAsync(
            unit, before, after with { UndoAction = action, UndoBy = unit.By.Person, UndoUntil = until }, reason, with, undoable: true);
        await unit.ExecuteAsync(
            """
            INSERT INTO undo_entries (id, ticket_id, action, actor_id, version, snapshot, expires_at, created_at)
            VALUES (@id, @ticket, @action, @actor, @Version, @snapshot::jsonb, @until, @Now)
            """,
            new
            {
                id = Guid.CreateVersion7(unit.Now),
                ticket = row.Id,
                action,
                actor = unit.By.Person,
                row.Version,
                snapshot = JsonSerializer.Serialize(new Snapshot(original, also ?? UndoneWith.Nothing), Json.Tolerant),
                until,
                unit.Now,
            });
        return row;
    }

    /// <summary>The entry of the ticket's last action, marked as undone.</summary>
    public static async Task<UndoEntry?> TakeAsync(UnitOfWork unit, Ticket ticket)
    {
        var found = await unit.FindAsync<(Guid Id, string Snapshot)?>(
            """
            UPDATE undo_entries SET undone_at = @Now
            WHERE ticket_id = @Id AND version = @Version AND undone_at IS NULL AND expires_at >= @Now
            RETURNING id, snapshot::text
            """,
            new { ticket.Id, ticket.Version, unit.Now });
        if (found is not { } entry)
        {
            return null;
        }

        var snapshot = JsonSerializer.Deserialize<Snapshot>(entry.Snapshot, Json.Tolerant)!;
        return new UndoEntry(entry.Id, snapshot.Ticket, snapshot.Also);
    }

    sealed record Snapshot(Ticket Ticket, UndoneWith Also);
}
