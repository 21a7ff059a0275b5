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
        Show = async (view, act) => view with { Warning = Warning(await OpenOfAsync(act.Unit, act.Ticket.RequesterId)) },
        Problems = [Codes.UnknownReference, Codes.ReferenceUnavailable],
    };

    static async Task<Ticket> ApplyAsync(Act<PlainActionRequest> act) => await act.Desk.Tickets.SaveAsync<TicketSubmitted>(
        act.Unit, act.Ticket, await SubmittedAsync(act.Unit, act.Ticket, act.DepartmentOf(act.Ticket.DepartmentId), act.Desk.Rules));

    /// <summary>Raises the ticket, which is in no table yet, and submits it. Whatever can be asked before it has its number is asked before.</summary>
    public static async Task<TicketView> RaiseAsync(UnitOfWork unit, Situation draft, DepartmentFacts department, TicketDesk desk)
    {
        var names = await TicketViewing.NamesAsync(unit.Connection, [draft], unit.Ct);
        var open = await OpenOfAsync(unit, draft.Ticket.RequesterId);
        var ticket = await desk.Tickets.InsertAsync(unit, draft.Ticket, () => SubmittedAsync(unit, draft.Ticket, department, desk.Rules));
        var views = await TicketViewing.ManyAsync(unit.Connection, [draft.After(ticket)], unit.Ct, names);
        return views[0] with { Warning = Warning(open + 1) };
    }

    static async Task<Ticket> SubmittedAsync(UnitOfWork unit, Ticket draft, DepartmentFacts department, TicketRules rules)
    {
        await InfectedAttachments.MustBeNoneAsync(unit, draft.Id);
        await DepartmentReplica.HoldOpenAsync(unit, department);
        var terms = await CalendarTable.TermsAsync(unit, draft.DepartmentId, draft.Priority);

        // Last, for every other one who submits waits for this row until the commit.
        var number = await TicketNumbers.NextAsync(unit, rules.TimeZone);
        var submitted = draft with
        {
            Status = TicketStatus.Submitted,
            SubmittedAt = unit.Now,
            Number = number.Text,
            NumberYear = number.Year,
            NumberInYear = number.InYear,
        };
        return SlaRules.Submitted(submitted, terms, unit.Now);
    }

    static Task<int> OpenOfAsync(UnitOfWork unit, Guid requester) => unit.SingleAsync<int>(
        """
        SELECT count(*) FROM (
          SELECT FROM tickets WHERE requester_id = @requester AND status NOT IN ('draft', 'resolved', 'closed', 'rejected') AND NOT is_deleted LIMIT 100) AS t
        """,
        new { requester });

    /// <summary>For somebody with many open tickets: told, never refused (DOMAIN.md section 7).</summary>
    static string? Warning(int open) => open > TicketRules.ManyOpenTickets ? $"There are {open} open tickets of this requester." : null;
}
