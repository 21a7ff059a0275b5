using Hdms.Contracts;
using Hdms.Tickets.Tickets;
using Npgsql;

namespace Hdms.Tickets.SubTickets;

/// <summary>Shows sub-tickets with the names that belong to them and what the caller may do.</summary>
static class SubTicketViewing
{
    public static async Task<SubTicketView> OneAsync(NpgsqlConnection connection, SubSituation situation, CancellationToken ct) =>
        (await ManyAsync(connection, [situation], ct))[0];

    public static async Task<IReadOnlyList<SubTicketView>> ManyAsync(NpgsqlConnection connection, IReadOnlyList<SubSituation> situations, CancellationToken ct)
    {
        var names = await Names.ReadAsync(
            connection, situations.SelectMany(s => new[] { s.Sub.AssigneeId, s.Sub.CreatedBy }), situations.Select(s => s.Sub.DepartmentId), ct);
        return [.. situations.Select(s => View(s, names))];
    }

    static SubTicketView View(SubSituation situation, Names names)
    {
        var s = situation.Sub;
        return new SubTicketView(
            s.Id, s.Number, s.ParentTicketId, situation.Parent.Ticket.Title, s.Title, s.Description, s.Status, s.Priority,
            names.Department(s.DepartmentId)!, names.Person(s.AssigneeId)!, s.ProgressPercent, s.CompletionNotes, s.Generation, s.ReopenCount, s.DueAt,
            s.MergedIntoParent, s.ClosedReason, names.Person(s.CreatedBy)!, s.StartedAt, s.ResolvedAt, s.ClosedAt,
            SubTicketLifecycle.Allowed(situation), s.CreatedAt, s.UpdatedAt, s.Version);
    }
}
