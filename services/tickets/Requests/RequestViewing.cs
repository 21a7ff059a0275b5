using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Tickets.Lifecycle;
using Hdms.Tickets.Tickets;
using Npgsql;

namespace Hdms.Tickets.Requests;

/// <summary>Shows requests with the names that belong to them and what the caller may do.</summary>
static class RequestViewing
{
    public static async Task<Answer<TicketRequestView>> AnswerAsync(UnitOfWork unit, Guid id, Situation ticket)
    {
        var situation = new RequestSituation(await TicketRequestTable.LockAsync(unit, id), ticket);
        return Answer.Ok((await ManyAsync(unit.Connection, [situation], unit.Ct))[0], situation.Request.Version);
    }

    public static async Task<IReadOnlyList<TicketRequestView>> ManyAsync(NpgsqlConnection connection, IReadOnlyList<RequestSituation> situations, CancellationToken ct)
    {
        var names = await Names.ReadAsync(
            connection,
            situations.SelectMany(s => new[] { s.Request.RequestedBy, s.Request.DecidedBy }).OfType<Guid>(),
            situations.Select(s => s.Request.DepartmentId).OfType<Guid>(),
            ct);
        return [.. situations.Select(s => View(s, names))];
    }

    static TicketRequestView View(RequestSituation situation, Names names)
    {
        var (r, t) = (situation.Request, situation.Ticket.Ticket);
        return new TicketRequestView(
            r.Id, r.TicketId, t.Number, t.Title, r.Kind, names.Person(r.RequestedBy)!, r.Reason, r.Title, r.Description, names.Department(r.DepartmentId),
            r.Status, names.Person(r.DecidedBy), r.DecidedAt, r.DecisionReason, r.SubTicketId, situation.Allowed, r.CreatedAt, r.Version);
    }
}
