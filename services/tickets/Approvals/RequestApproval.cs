using Hdms.Contracts;
using Hdms.Kit.Problems;
using Hdms.Tickets.Sla;
using Hdms.Tickets.Tickets;

namespace Hdms.Tickets.Approvals;

/// <summary>Row 16: the head of a department that may do so asks for approvals, in a chain of positions.</summary>
static class RequestApproval
{
    const int MostPositions = 10;

    public static readonly TicketAction Action = new TicketAction<RequestApprovalRequest>("request_approval", "Asks for approvals, position by position (head of a department that may)", ApplyAsync)
    {
        Check = CheckRequest,
        AskPeople = (request, desk, ct) => MustApproveAsync(request, desk, ct),
        Problems = [Codes.UnknownReference, Codes.ReferenceUnavailable, Codes.SelfApproval],
    };

    static void CheckRequest(RequestApprovalRequest request, Checks check)
    {
        check.That("chain", request.Chain.Count is >= 1 and <= MostPositions, $"takes 1 to {MostPositions} positions");
        check.That("chain", request.Chain.All(s => s?.Approvers is { Count: >= 1 and <= MostPositions }), $"each position takes 1 to {MostPositions} approvers");
        check.OptionalText("reason", request.Reason, 2000, min: 0);
        check.That("documents", request.Documents is null || (request.Documents.Count <= 20 && request.Documents.All(d => d is { Length: >= 1 and <= 500 })), "takes 20 at most, of 1 to 500 characters each");
        if (check.Ok)
        {
            var all = request.Chain.SelectMany(s => s.Approvers).ToList();
            check.That("chain", all.Count == all.Distinct().Count(), "names somebody twice");
        }
    }

    /// <summary>Everybody named is there, and is one who approves.</summary>
    static async Task MustApproveAsync(RequestApprovalRequest request, TicketDesk desk, CancellationToken ct)
    {
        var approvers = request.Chain.SelectMany(s => s.Approvers).ToList();
        var known = await desk.Users.PeopleAsync(approvers, ct);
        if (approvers.FirstOrDefault(a => known.GetValueOrDefault(a) is not { MayWork: true, MayApprove: true }) is var other && other != Guid.Empty)
        {
            throw Refusal.UnknownReference("chain", $"{other} is nobody who decides on approvals.");
        }
    }

    static async Task<Ticket> ApplyAsync(Act<RequestApprovalRequest> act)
    {
        var (unit, before, request) = (act.Unit, act.Ticket, act.Request);
        var me = act.Caller.Person;
        var approvers = request.Chain.SelectMany(s => s.Approvers).ToList();
        if (approvers.Contains(me) || approvers.Contains(before.RequesterId))
        {
            throw new Refusal(Codes.SelfApproval, "Nobody approves their own request.");
        }

        foreach (var (step, position) in request.Chain.Select((s, i) => (s, i + 1)))
        {
            foreach (var approver in step.Approvers)
            {
                await ApprovalTable.InsertAsync<ApprovalRequested>(unit, new Approval
                {
                    TicketId = before.Id,
                    Generation = before.Generation,
                    RequestedBy = me,
                    ApproverId = approver,
                    Position = position,
                    Rule = step.Rule,
                    ActiveAt = position == 1 ? act.Now : null,
                    Reason = string.IsNullOrWhiteSpace(request.Reason) ? null : request.Reason.Trim(),
                    Documents = request.Documents ?? [],
                    DueAt = request.DueAt,
                });
            }
        }

        var waiting = before with
        {
            Status = TicketStatus.WaitingApproval,
            Approvers = [.. before.Approvers.Union(approvers)],
            PendingApprovers = request.Chain[0].Approvers,
            ApprovalRequestedBy = me,
            ApprovalRequestedAt = act.Now,
        };
        return await act.SaveAsync<TicketApprovalRequested>(
            act.Desk.Rules.PauseForApproval ? SlaRules.Paused(waiting, "waiting_approval", await CalendarTable.OfClockAsync(unit, before), act.Now) : waiting,
            string.IsNullOrWhiteSpace(request.Reason) ? null : request.Reason.Trim());
    }
}
