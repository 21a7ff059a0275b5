using Hdms.Kit.Database;

namespace Hdms.Files.Attachments;

/// <summary>The rows that decide who comes first when several attach to one ticket.</summary>
static class AttachedTickets
{
    /// <summary>Holds the ticket's row until the unit of work ends.</summary>
    /// <returns>Whether the ticket is still there, as far as its feed has told.</returns>
    public static async Task<bool> HoldAsync(UnitOfWork unit, Guid ticket)
    {
        await unit.ExecuteAsync("INSERT INTO attached_tickets (ticket_id) VALUES (@ticket) ON CONFLICT DO NOTHING", new { ticket });
        return !await unit.SingleAsync<bool>("SELECT is_gone FROM attached_tickets WHERE ticket_id = @ticket FOR UPDATE", new { ticket });
    }
}
