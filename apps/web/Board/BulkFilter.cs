using Hdms.Contracts;

namespace Hdms.Web.Board;

/// <summary>A board's tab and filters as the tickets service's filters, which bulk actions take.</summary>
static class BulkFilter
{
    public static Dictionary<string, string> Of(BoardQuery query)
    {
        var filter = query.Filters.ToDictionary(f => f.Key, f => f.Value, StringComparer.Ordinal);
        switch (query.Tab)
        {
            case BoardTab.Attention:
                filter["attention"] = "true";
                break;
            case BoardTab.MyReviews:
                filter["claimed_by"] = "me";
                break;
        }

        var statuses = StatusesOf(query.Tab);
        if (statuses.Length > 0 && !filter.ContainsKey("status"))
            filter["status"] = statuses;
        return filter;
    }

    static string StatusesOf(BoardTab tab) => tab switch
    {
        BoardTab.New => "submitted,pending",
        BoardTab.UnderReview => "under_review,reopened",
        BoardTab.MyReviews => "under_review",
        BoardTab.Assigned => "assigned",
        BoardTab.InProgress => "in_progress",
        BoardTab.WaitingApproval => "waiting_approval,approved",
        BoardTab.Resolved => "resolved",
        BoardTab.Postponed => "postponed",
        BoardTab.Done => "closed,rejected",
        BoardTab.Open => "submitted,pending,under_review,assigned,in_progress,waiting_approval,approved,resolved,reopened,postponed",
        _ => "",
    };
}
