using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Tickets.Tickets;

namespace Hdms.Tickets.Timers;

/// <summary>Tells of a warning, a breach or a reminder, each once, on a stream of its own: the ticket's version, and what can be undone of it, stay.</summary>
static class Alerts
{
    /// <param name="about">Of one kind there is one for each of these: the due time it is about, or the number of the reminder.</param>
    public static async Task RaiseAsync(UnitOfWork unit, Ticket ticket, TicketAlert kind, string about, DateTimeOffset? dueAt = null)
    {
        var id = Guid.CreateVersion7(unit.Now);
        var isNew = await unit.ExecuteAsync(
            """
            INSERT INTO ticket_alerts (id, ticket_id, kind, about, raised_at) VALUES (@id, @ticket, @kind, @about, @Now)
            ON CONFLICT (ticket_id, kind, about) DO NOTHING
            """,
            new { id, ticket = ticket.Id, kind = kind.Word(), about, unit.Now }) == 1;
        if (isNew)
        {
            await unit.AppendAsync(new EventStream(id, 0), new TicketAlerted
            {
                Id = id,
                TicketId = ticket.Id,
                Number = ticket.Number,
                Title = ticket.Title,
                Kind = kind,
                About = about,
                RequesterId = ticket.RequesterId,
                AssigneeId = ticket.AssigneeId,
                PendingApprovers = ticket.PendingApprovers,
                DueAt = dueAt,
                RaisedAt = unit.Now,
            });
        }
    }
}
