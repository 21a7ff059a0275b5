using Hdms.Contracts;
using Hdms.Views.Sight;

namespace Hdms.Views.Board;

/// <summary>What each tab of the board lists: statuses, and what else has to hold of <c>view_tickets AS r</c>.</summary>
static class Tabs
{
    public static readonly IReadOnlyList<TicketStatus> NotOver =
        [.. Enum.GetValues<TicketStatus>().Where(s => s is not (TicketStatus.Draft or TicketStatus.Closed or TicketStatus.Rejected))];

    /// <summary>The same. Part of indexes' definitions: to be spelled as there.</summary>
    public const string NotOverSql = "r.status NOT IN ('draft', 'closed', 'rejected')";

    /// <summary>Those in which a due time counts.</summary>
    public static readonly IReadOnlyList<TicketStatus> Running =
        [.. NotOver.Where(s => s is not (TicketStatus.Resolved or TicketStatus.Postponed))];

    /// <summary>Looked for from each side by itself: whoever sees all would else go through everything to find these few.</summary>
    public const string WaitingForMeIds =
        $"""
        SELECT w.id FROM view_tickets AS w
        WHERE w.requester_id = @me AND NOT w.is_deleted AND ((w.status = 'under_review' AND w.awaiting_requester) OR (w.status = 'resolved' AND w.confirmed_at IS NULL))
        UNION
        SELECT w.id FROM view_tickets AS w WHERE w.assignee_id = @me AND w.status = 'assigned' AND w.acknowledged_at IS NULL AND NOT w.is_deleted
        UNION
        SELECT w.id FROM view_tickets AS w
        WHERE w.approvers <> '{EmptyArray}' AND w.approvers && {Standing.DecidesForSql} AND w.pending_approvers && {Standing.DecidesForSql}
          AND w.status = 'waiting_approval' AND NOT w.is_deleted
        """;

    /// <summary>Of all tickets, each kind by an index of its own.</summary>
    public static readonly IReadOnlyList<string> AttentionIds =
    [
        "SELECT r.id FROM view_tickets AS r WHERE r.status IN ('submitted', 'pending') AND r.submitted_at < @attentionBefore AND NOT r.is_deleted",
        "SELECT r.id FROM view_tickets AS r WHERE r.status = 'assigned' AND r.acknowledged_at IS NULL AND r.assigned_at < @attentionBefore AND NOT r.is_deleted",
        $"SELECT r.id FROM view_tickets AS r WHERE {OverdueSql} AND NOT r.is_deleted",
    ];

    /// <summary>Part of an index's definition: to be spelled as there.</summary>
    public const string OverdueSql =
        "r.status IN ('submitted', 'pending', 'under_review', 'assigned', 'in_progress', 'waiting_approval', 'approved', 'reopened') AND r.due_at < @now";

    /// <summary>Was not done when it was due, whether it is by now or not.</summary>
    public const string BecameOverdueSql =
        "r.due_order < @now AND r.status NOT IN ('draft', 'rejected', 'postponed') AND coalesce(r.resolved_at, r.closed_at, @now) > r.due_order";

    /// <summary>As <see cref="AttentionIds"/>, of what is one row's.</summary>
    public const string AttentionSql =
        $"""
        ((r.status IN ('submitted', 'pending') AND r.submitted_at < @attentionBefore)
         OR (r.status = 'assigned' AND r.acknowledged_at IS NULL AND r.assigned_at < @attentionBefore)
         OR ({OverdueSql}))
        """;

    const string EmptyArray = "{}";

    /// <summary>Null: whatever its status.</summary>
    public static IReadOnlyList<TicketStatus>? Statuses(BoardTab tab) => tab switch
    {
        BoardTab.All => null,
        BoardTab.Open or BoardTab.Mine => NotOver,
        BoardTab.New => [TicketStatus.Submitted, TicketStatus.Pending],
        BoardTab.UnderReview or BoardTab.MyReviews => [TicketStatus.UnderReview, TicketStatus.Reopened],
        BoardTab.Assigned or BoardTab.ToAcknowledge => [TicketStatus.Assigned],
        BoardTab.InProgress => [TicketStatus.InProgress],
        BoardTab.WaitingApproval => [TicketStatus.WaitingApproval, TicketStatus.Approved],
        BoardTab.Resolved => [TicketStatus.Resolved],
        BoardTab.Postponed => [TicketStatus.Postponed],
        BoardTab.ToStart => [TicketStatus.Assigned, TicketStatus.Approved],
        BoardTab.Drafts => [TicketStatus.Draft],
        BoardTab.Done => [TicketStatus.Closed, TicketStatus.Rejected],
        BoardTab.Attention => Running,
        BoardTab.WaitingForMe => null,
        _ => throw new ArgumentOutOfRangeException(nameof(tab), tab, null),
    };

    /// <summary>What has to hold beside the status; null when nothing has to.</summary>
    public static string? Sql(BoardTab tab, bool seesAll) => tab switch
    {
        BoardTab.MyReviews => "r.claimed_by = @me",
        BoardTab.Attention => seesAll ? $"r.id = ANY(ARRAY({string.Join(" UNION ", AttentionIds)}))" : AttentionSql,
        BoardTab.ToAcknowledge => "r.assignee_id = @me AND r.acknowledged_at IS NULL",
        BoardTab.ToStart => "r.assignee_id = @me AND (r.status = 'approved' OR r.acknowledged_at IS NOT NULL)",
        BoardTab.WaitingForMe => $"r.id = ANY(ARRAY({WaitingForMeIds}))",
        BoardTab.Mine => "r.requester_id = @me",
        BoardTab.Drafts => "r.created_by = @me",
        _ => null,
    };
}
