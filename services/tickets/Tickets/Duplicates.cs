using Hdms.Contracts;
using Hdms.Kit.Problems;
using Hdms.Kit.Database;
using Hdms.Tickets.Links;

namespace Hdms.Tickets.Tickets;

/// <summary>One ticket that stands for another one.</summary>
static class Duplicates
{
    /// <summary>The other ticket, which is not this one nor, over any number of steps, a duplicate of this one.</summary>
    /// <exception cref="Refusal">422 <c>unknown_reference</c>.</exception>
    public static async Task<Ticket> MustBeAnotherAsync(UnitOfWork unit, Ticket ticket, Guid other, string field)
    {
        // Not locked: two tickets that are made duplicates of one another at once are kept apart by the row of each.
        var found = await TicketTable.Rows.FindAsync(unit, "WHERE r.id = @other AND NOT r.is_deleted AND r.status <> 'draft' FOR SHARE", new { other })
            ?? throw Refusal.UnknownReference(field, "There is no ticket with this id.");
        var round = await unit.SingleAsync<bool>(
            """
            WITH RECURSIVE chain AS (
              SELECT id, duplicate_of FROM tickets WHERE id = @other
              UNION
              SELECT t.id, t.duplicate_of FROM tickets AS t JOIN chain ON t.id = chain.duplicate_of)
            SELECT EXISTS (SELECT FROM chain WHERE id = @Id)
            """,
            new { other, ticket.Id });
        return round ? throw Refusal.UnknownReference(field, "That ticket is this one, or a duplicate of it.") : found;
    }

    public static Task LinkAsync(UnitOfWork unit, Guid duplicate, Guid original) => LinkTable.AddAsync(unit, duplicate, original, LinkKind.Duplicates);

    public static Task UnlinkAsync(UnitOfWork unit, Guid duplicate, Guid original) => LinkTable.RemoveAsync(unit, duplicate, original, LinkKind.Duplicates);
}
