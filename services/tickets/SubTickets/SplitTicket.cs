using Hdms.Contracts;
using Hdms.Kit.Problems;
using Hdms.Tickets.Organisation;
using Hdms.Tickets.Tickets;

namespace Hdms.Tickets.SubTickets;

/// <summary>Row 39: a moderator gives parts of a ticket to other departments.</summary>
static class SplitTicket
{
    const int MostAtOnce = 20;

    public static readonly TicketAction Action = new TicketAction<SplitTicketRequest>("split", "Makes 1 to 20 sub-tickets, each for a department's head (moderators)", ApplyAsync)
    {
        Check = CheckRequest,
        AskDepartments = request => request.SubTickets.Select(s => s.DepartmentId),
        Problems = [Codes.UnknownReference, Codes.ReferenceUnavailable],
    };

    static void CheckRequest(SplitTicketRequest request, Checks check)
    {
        check.That("sub_tickets", request.SubTickets.Count is >= 1 and <= MostAtOnce, $"takes 1 to {MostAtOnce}");
        foreach (var sub in request.SubTickets)
        {
            check.Text("sub_tickets.title", sub.Title, 500);
            check.OptionalText("sub_tickets.description", sub.Description, 65_536, min: 0);
        }
    }

    static async Task<Ticket> ApplyAsync(Act<SplitTicketRequest> act)
    {
        foreach (var sub in act.Request.SubTickets)
        {
            await AddAsync(act.Unit, act.Ticket, sub, act.Departments[sub.DepartmentId]);
        }

        return await act.SaveAsync<TicketSubTicketsChanged>(await SubTicketCounts.CountedAsync(act.Unit, act.Ticket));
    }

    /// <summary>One more sub-ticket of the locked parent.</summary>
    public static async Task<SubTicket> AddAsync(Kit.Database.UnitOfWork unit, Ticket parent, NewSubTicket asked, DepartmentFacts department)
    {
        await DepartmentReplica.HoldOpenAsync(unit, department);
        var head = await HeadsReplica.MustHoldAsync(unit, department);
        var n = await unit.SingleAsync<int>("SELECT coalesce(max(number_in_parent), 0) + 1 FROM sub_tickets WHERE parent_ticket_id = @Id", new { parent.Id });
        return await SubTicketTable.InsertAsync<SubTicketCreated>(unit, new SubTicket
        {
            ParentTicketId = parent.Id,
            Number = $"{parent.Number}-S{n}",
            NumberInParent = n,
            Title = asked.Title.Trim(),
            Description = string.IsNullOrWhiteSpace(asked.Description) ? null : asked.Description.Trim(),
            Priority = asked.Priority ?? parent.Priority,
            DepartmentId = department.Id,
            AssigneeId = head,
            DueAt = asked.DueAt,
            CreatedBy = unit.By.Person,
        });
    }
}
