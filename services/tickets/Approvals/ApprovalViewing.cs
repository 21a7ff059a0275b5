using Hdms.Contracts;
using Hdms.Tickets.Tickets;
using Npgsql;

namespace Hdms.Tickets.Approvals;

/// <summary>Shows approvals with their tickets and the names that belong to them.</summary>
static class ApprovalViewing
{
    public static async Task<IReadOnlyList<ApprovalView>> ManyAsync(NpgsqlConnection connection, IReadOnlyList<Approval> approvals, CancellationToken ct)
    {
        var names = await Names.ReadAsync(
            connection, approvals.SelectMany(a => new[] { a.RequestedBy, a.ApproverId, a.DecidedBy }).OfType<Guid>(), [], ct);
        var tickets = (await TicketTable.Rows.QueryAsync(
            connection, "WHERE r.id = ANY(@ids)", new { ids = approvals.Select(a => a.TicketId).Distinct().ToArray() }, ct)).ToDictionary(t => t.Id);
        return [.. approvals.Select(a => View(a, tickets[a.TicketId], names))];
    }

    static ApprovalView View(Approval a, Ticket ticket, Names names) => new(
        a.Id, a.TicketId, ticket.Number, ticket.Title, a.Generation, names.Person(a.RequestedBy)!, names.Person(a.ApproverId)!, a.Position, a.Rule, a.Status,
        a.ActiveAt, a.Reason, a.Documents, a.DueAt, names.Person(a.DecidedBy), a.DecidedAt, a.CreatedAt, a.Version);
}
