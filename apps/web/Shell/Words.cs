using System.Globalization;
using Hdms.Contracts;
using Hdms.Web.Session;

namespace Hdms.Web.Shell;

/// <summary>How the help desk's things are called on pages (DOMAIN.md section 1, words).</summary>
static class Words
{
    public static string Of(TicketStatus status) => status switch
    {
        TicketStatus.UnderReview => "Under review",
        TicketStatus.InProgress => "In progress",
        TicketStatus.WaitingApproval => "Waiting for approval",
        _ => status.ToString(),
    };

    public static string Of(SubTicketStatus status) => status == SubTicketStatus.InProgress ? "In progress" : status.ToString();

    /// <summary>Statuses have a colour beside their word, never instead of it.</summary>
    public static string ToneOf(TicketStatus status) => status switch
    {
        TicketStatus.Draft => "plain",
        TicketStatus.Submitted or TicketStatus.Pending or TicketStatus.Reopened => "new",
        TicketStatus.UnderReview or TicketStatus.Assigned => "taken",
        TicketStatus.InProgress or TicketStatus.Approved => "work",
        TicketStatus.WaitingApproval or TicketStatus.Postponed => "wait",
        TicketStatus.Resolved => "done",
        TicketStatus.Rejected => "bad",
        _ => "plain",
    };

    public static string Of(BoardTab tab) => tab switch
    {
        BoardTab.UnderReview => "Under review",
        BoardTab.MyReviews => "My reviews",
        BoardTab.InProgress => "In progress",
        BoardTab.WaitingApproval => "Waiting",
        BoardTab.ToAcknowledge => "To acknowledge",
        BoardTab.ToStart => "To start",
        BoardTab.WaitingForMe => "Waiting for me",
        _ => tab.ToString(),
    };

    public static string Of(BoardColumn column) => column == BoardColumn.Activity ? "Last activity" : column.ToString();

    public static string Of(Person me) => string.Join(", ", new[]
    {
        me.Role switch { Role.Assignee => "Head of department", var role => role.ToString() },
        me.IsCeo ? "CEO" : null,
        me.IsApprover && !me.IsCeo ? "approver" : null,
        me.IsAnalyst ? "analyst" : null,
    }.OfType<string>());

    public static string Of(RoleInTicket role) => role switch
    {
        RoleInTicket.Assignee => "Head",
        RoleInTicket.ChildAssignee => "Head of a sub-ticket",
        _ => role.ToString(),
    };

    public static string Of(ApprovalStatus status) => status == ApprovalStatus.ChangesRequested ? "Changes requested" : status.ToString();

    public static string Of(PersonRef? person) => person is null ? "–" : person.FirstName is null && person.LastName is null ? "Somebody" : $"{person.FirstName} {person.LastName}".Trim();

    public static string Initials(string? first, string? last) =>
        string.Concat(new[] { first, last }.Where(n => !string.IsNullOrEmpty(n)).Select(n => StringInfo.GetNextTextElement(n!))).ToUpperInvariant() is { Length: > 0 } both ? both : "?";

    /// <summary>The value of an enum as the API spells it: <c>under_review</c>.</summary>
    public static string Wire<T>(T value)
        where T : struct, Enum =>
        System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    public static T? Read<T>(string? text)
        where T : struct, Enum =>
        Enum.TryParse<T>(text?.Replace("_", "", StringComparison.Ordinal), ignoreCase: true, out var value) && Enum.IsDefined(value) ? value : null;

    /// <summary>A stretch of time in its two biggest units, as <c>3 h 12 m</c>.</summary>
    public static string Of(TimeSpan time)
    {
        time = time.Duration();
        return time switch
        {
            { TotalMinutes: < 1 } => "< 1 m",
            { TotalHours: < 1 } => $"{time.Minutes} m",
            { TotalDays: < 1, Minutes: 0 } => $"{time.Hours} h",
            { TotalDays: < 1 } => $"{time.Hours} h {time.Minutes} m",
            { TotalDays: < 30, Hours: 0 } => $"{(int)time.TotalDays} d",
            { TotalDays: < 30 } => $"{(int)time.TotalDays} d {time.Hours} h",
            _ => $"{(int)time.TotalDays} d",
        };
    }

    public static string Size(long bytes) => bytes switch
    {
        < 1024 => $"{bytes} B",
        < 1024 * 1024 => $"{bytes / 1024.0:0} kB",
        < 1024L * 1024 * 1024 => $"{bytes / 1048576.0:0.0} MB",
        _ => $"{bytes / 1073741824.0:0.00} GB",
    };

    /// <summary>A name from the code, as <c>Name</c> from <c>first_name</c>.</summary>
    public static string Spoken(string code)
    {
        var text = code.Replace('_', ' ').Replace('.', ' ');
        return text.Length == 0 ? "" : char.ToUpperInvariant(text[0]) + text[1..];
    }
}
