using System.Text.Json;
using Hdms.Contracts;
using Hdms.Web.Shell;

namespace Hdms.Web.Tickets.Showing;

/// <summary>An event or a message, in the order of time.</summary>
/// <param name="Text">What happened, after who did it.</param>
/// <param name="Detail">The reason, or the message.</param>
public sealed record TimelineEntry(DateTimeOffset At, string Who, string Icon, string Text, string? Detail)
{
    /// <summary>What happened with the ticket, without what was written; the latest last.</summary>
    public static IReadOnlyList<TimelineEntry> Events(IEnumerable<AuditEntry> history) =>
        [.. InOrder(history).Where(e => e.Type.StartsWith("ticket.", StringComparison.Ordinal)).Select(Of).OfType<TimelineEntry>().OrderBy(e => e.At)];

    /// <summary>Events and messages as one, the latest last.</summary>
    public static IReadOnlyList<TimelineEntry> Merge(IEnumerable<AuditEntry> history, IEnumerable<MessageView> messages) =>
    [
        .. InOrder(history).Select(Of).OfType<TimelineEntry>()
            .Concat(messages.Where(m => !m.IsDeleted).Select(m => new TimelineEntry(m.CreatedAt, Words.Of(m.Sender), m.IsSystem ? "info-circle" : "message", m.IsSystem ? "" : "wrote", m.Message)))
            .OrderBy(e => e.At),
    ];

    /// <summary>What was done, the oldest first: the API gives the newest first, and several may be of one moment.</summary>
    static IEnumerable<AuditEntry> InOrder(IEnumerable<AuditEntry> history) => history.Where(e => e.Outcome == AuditOutcome.Done).Reverse();

    static TimelineEntry? Of(AuditEntry e)
    {
        var (icon, text) = e.Type.Split('.')[..^1] switch
        {
            ["ticket", "created" or "drafted"] => ("plus", "began it"),
            ["ticket", "edited"] => ("pencil", "changed what is written"),
            ["ticket", "discarded"] => ("trash", "threw it away"),
            ["ticket", "imported"] => ("download", "brought it from the old help desk"),
            ["ticket", "submitted"] => ("send", $"submitted it as {Member(e, "number")}"),
            ["ticket", "enqueued"] => ("inbox", "put it into the review pool"),
            ["ticket", "review_started" or "reviewed" or "claimed"] => ("eye", "took it up for review"),
            ["ticket", "clarification_requested"] => ("help", "asked the requester"),
            ["ticket", "clarified"] => ("message", "answered the question"),
            ["ticket", "assigned"] => ("user-check", "assigned it"),
            ["ticket", "reassigned"] => ("transfer", "reassigned it"),
            ["ticket", "queued"] => ("inbox", "put it into the department's queue"),
            ["ticket", "returned_to_queue"] => ("inbox", "gave it back to the moderators"),
            ["ticket", "acknowledged"] => ("check", "acknowledged it"),
            ["ticket", "acknowledged_by_team"] => ("check", "acknowledged it for the team"),
            ["ticket", "started"] => ("player-play", "started work"),
            ["ticket", "progressed"] => ("gauge", $"reported progress: {Member(e, "progress_percent")} %"),
            ["ticket", "approval_requested"] => ("checks", "asked for approval"),
            ["ticket", "approved"] => ("thumb-up", "approved it"),
            ["ticket", "approval_rejected"] => ("circle-x", "refused to approve it"),
            ["ticket", "changes_requested"] => ("help", "asked for changes before approving"),
            ["ticket", "approval_withdrawn"] => ("arrow-back-up", "withdrew the request for approval"),
            ["ticket", "resolved" or "completed"] => ("circle-check", "resolved it"),
            ["ticket", "confirmed"] => ("thumb-up", "confirmed that it is solved"),
            ["ticket", "reworked" or "rework_requested"] => ("rotate", "sent it back to work"),
            ["ticket", "closed"] => ("lock", "closed it"),
            ["ticket", "rejected"] => ("circle-x", "rejected it"),
            ["ticket", "postponed"] => ("player-pause", "postponed it"),
            ["ticket", "restarted"] => ("player-play", "restarted it"),
            ["ticket", "reopened"] => ("rotate", "reopened it"),
            ["ticket", "reopen_requested"] => ("rotate", "asked to have it reopened"),
            ["ticket", "force_close_requested"] => ("lock", "asked to have it closed as it is"),
            ["ticket", "merged"] => ("link", "merged it with another ticket"),
            ["ticket", "restored"] => ("arrow-back-up", "brought it back"),
            ["ticket", "undone"] => ("arrow-back-up", "undid the last step"),
            ["ticket", "priority_changed"] => ("flag", $"set the priority to {Member(e, "priority")}"),
            ["ticket", "due_changed"] => ("calendar", "changed the due time"),
            ["ticket", "tagged"] => ("tags", "changed the tags"),
            ["ticket", "sla_changed"] => ("clock", "changed the clocks"),
            ["ticket", "sla_answered"] => ("clock", "answered the change of clocks"),
            ["ticket", "sub_tickets_changed"] => ("git-branch", "changed the sub-tickets"),
            ["ticket", "requests_changed"] => ("list-check", "changed what is asked for"),
            ["ticket", "alerted"] => ("bell", "reminded of the time"),
            ["ticket", var other] => ("circle-dot", Words.Spoken(other).ToLowerInvariant()),
            ["sub_ticket", var what] => ("git-branch", $"{Words.Spoken(what).ToLowerInvariant()} sub-ticket {Member(e, "number")}"),
            [var thing, var what] => ("circle-dot", $"{Words.Spoken(thing).ToLowerInvariant()} {Words.Spoken(what).ToLowerInvariant()}"),
            _ => ("circle-dot", e.Type),
        };
        return new TimelineEntry(e.At, e.ActorName ?? "The system", icon, text, e.Reason);
    }

    static string Member(AuditEntry e, string member) =>
        e.Data.ValueKind == JsonValueKind.Object && e.Data.TryGetProperty(member, out var value) ? value.ToString() : "";
}
