using Hdms.Tickets.Approvals;
using Hdms.Tickets.Requests;
using Hdms.Tickets.SubTickets;

namespace Hdms.Tickets.Tickets;

/// <summary>Every action that people can carry out on a ticket, in the order of the lifecycle's table.</summary>
static class TicketActions
{
    public static readonly IReadOnlyList<TicketAction> All =
    [
        SubmitTicket.Action,
        ReviewTicket.Action,
        RequestClarification.Action,
        ClarifyTicket.Action,
        AssignTicket.Action,
        ConfirmReview.Action,
        RejectTicket.Action,
        AcknowledgeTicket.Action,
        StartTicket.Action,
        ProgressTicket.Action,
        ReassignTicket.Action,
        RequestApproval.Action,
        ApproveTicket.Action,
        RejectApproval.Action,
        RequestChanges.Action,
        WithdrawApproval.Action,
        CompleteTicket.Action,
        ConfirmTicket.Action,
        ReworkTicket.Action,
        CloseTicket.Action,
        ForceCloseTicket.Action,
        PostponeTicket.Action,
        RestartTicket.Action,
        RequestReopen.Action,
        ReopenTicket.Action,
        UndoTicket.Action,
        ChangePriority.Action,
        ChangeDue.Action,
        WithdrawTicket.Action,
        MergeTicket.Action,
        SplitTicket.Action,
        RequestSubTicket.Action,
        RequestPostpone.Action,
        AnswerSlaChange.Acknowledge,
        AnswerSlaChange.Dispute,
        TagTicket.Action,
    ];

    static readonly Dictionary<string, TicketAction> ByName = All.ToDictionary(a => a.Name, StringComparer.Ordinal);

    /// <summary>The action of this name; <c>completed</c> is another name of <c>complete</c> (DOMAIN.md section 7).</summary>
    public static TicketAction? Find(string? name) => name is null ? null : ByName.GetValueOrDefault(name == "completed" ? "complete" : name);
}
