using Hdms.Contracts;

namespace Hdms.Web.Board;

/// <summary>A board's tab and filters as the tickets service's filters, which bulk actions take.</summary>
static class BulkFilter
{
    /// <summary>Whether the tickets service knows all of its filters, too; else only what is selected can be acted on.</summary>
    public static bool Knows(BoardQuery query) => !query.Filters.Keys.Any(f => f.StartsWith("submitted_", StringComparison.Ordinal) || f.StartsWith("resolved_", StringComparison.Ordinal));

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
