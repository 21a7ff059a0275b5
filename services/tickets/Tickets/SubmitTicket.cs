using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Problems;
using Hdms.Tickets.Lifecycle;
using Hdms.Tickets.Organisation;
using Hdms.Tickets.Sla;

namespace Hdms.Tickets.Tickets;

/// <summary>Row 4: a draft becomes everybody's and gets its number.</summary>
static class SubmitTicket
{
    public static readonly TicketAction Action = new TicketAction<PlainActionRequest>("submit", "Submits a draft: it gets its number and goes to the moderators", ApplyAsync)
    {
        Ask = (_, ticket, desk, ct) => ticket.DepartmentId is null ? Task.FromResult<DepartmentFacts?>(null) : desk.DepartmentAsync(null, ticket, ct),
        Show = async (view, act) => view with { Warning = await WarningAsync(act.Unit, act.Ticket.RequesterId) },
        Problems = [Codes.UnknownReference, Codes.ReferenceUnavailable],
    };

    static Task<Ticket> ApplyAsync(Act<PlainActionRequest> act) => SubmitAsync(act.Unit, act.Ticket, act.DepartmentOf(act.Ticket.DepartmentId), act.Desk);

    /// <summary>Submits the draft that the same unit of work has made.</summary>
    public static async Task<TicketView> SubmitAsync(UnitOfWork unit, Situation draft, DepartmentFacts department, TicketDesk desk)
    {
        var ticket = await SubmitAsync(unit, draft.Ticket, department, desk);
        var view = await TicketViewing.OneAsync(unit.Connection, draft.After(ticket), unit.Ct);
        return view with { Warning = await WarningAsync(unit, ticket.RequesterId) };
    }

    static async Task<Ticket> SubmitAsync(UnitOfWork unit, Ticket draft, DepartmentFacts department, TicketDesk desk)
    {
        await InfectedAttachments.MustBeNoneAsync(unit, draft.Id);
        await DepartmentReplica.HoldOpenAsync(unit, department);
        var terms = await CalendarTable.TermsAsync(unit, draft.DepartmentId, draft.Priority);

        // Last, for every other one who submits waits for this row until the commit.
        var number = await TicketNumbers.NextAsync(unit, desk.Rules.TimeZone);
        var submitted = draft with
        {
            Status = TicketStatus.Submitted,
            SubmittedAt = unit.Now,
            Number = number.Text,
            NumberYear = number.Year,
            NumberInYear = number.InYear,
        };
        return await desk.Tickets.SaveAsync<TicketSubmitted>(unit, draft, SlaRules.Submitted(submitted, terms, unit.Now));
    }

    /// <summary>For somebody with many open tickets: told, never refused (DOMAIN.md section 7).</summary>
    static async Task<string?> WarningAsync(UnitOfWork unit, Guid requester)
    {
        var open = await unit.SingleAsync<int>(
            """
            SELECT count(*) FROM (
              SELECT FROM tickets WHERE requester_id = @requester AND status NOT IN ('draft', 'resolved', 'closed', 'rejected') AND NOT is_deleted LIMIT 100) AS t
            """,
            new { requester });
        return open > TicketRules.ManyOpenTickets ? $"There are {open} open tickets of this requester." : null;
    }
}
