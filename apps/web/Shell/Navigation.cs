using Hdms.Contracts;
using Hdms.Web.Session;

namespace Hdms.Web.Shell;

/// <summary>What is in the rail, by what somebody works with.</summary>
static class Navigation
{
    /// <summary>In order: address, name, icon, the keys that lead there.</summary>
    public static IEnumerable<(string Href, string Name, string Icon, string? Key)> For(Person me)
    {
        if (!me.SeesAll)
            yield return ("/home", "My tickets", "home", me.IsHead ? null : "g q");
        if (me.IsModerator || me.IsHead)
            yield return ("/board", me.IsHead ? "Department" : "Queue", "inbox", "g q");
        if (me.IsAdmin)
            yield return ("/board?tab=all", "Tickets", "ticket", "g q");
        if (me.Approves)
            yield return ("/approvals", "Approvals", "thumb-up", "g a");
        if (me.IsModerator)
            yield return ("/requests", "Requests", "git-branch", "g r");
        yield return ("/dashboard", "Dashboard", "chart-bar", "g d");
        if (me.IsAdmin)
        {
            yield return ("/admin/people", "People", "users", null);
            yield return ("/admin/departments", "Departments", "building", null);
            yield return ("/admin/categories", "Categories", "category", null);
            yield return ("/admin/sla", "Service levels", "clock", null);
            yield return ("/admin/audit", "Audit", "history", null);
            yield return ("/admin/accounts", "Service accounts", "key", null);
            yield return ("/admin/webhooks", "Webhooks", "webhook", null);
            yield return ("/admin/health", "Health", "activity", null);
            yield return ("/admin/database", "Database", "database", null);
        }
    }

    /// <summary>Where somebody begins the day.</summary>
    public static string StartOf(Person me) => me switch
    {
        { IsModerator: true } or { IsHead: true } => "/board",
        { Role: Role.Admin } => "/dashboard",
        { Approves: true } => "/approvals",
        { IsAnalyst: true } => "/dashboard",
        _ => "/home",
    };
}
