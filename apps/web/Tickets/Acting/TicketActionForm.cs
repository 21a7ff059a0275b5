using Hdms.Contracts;

namespace Hdms.Web.Tickets.Acting;

/// <summary>How one field of an action's form is asked for.</summary>
public enum FieldKind
{
    /// <summary>Several lines.</summary>
    Text,

    /// <summary>One line.</summary>
    Line,

    /// <summary>A department, as cards that show who has how much to do.</summary>
    Department,
    Priority,
    Percent,
    Time,
    Rating,

    /// <summary>Another ticket, by its number.</summary>
    Ticket,
    Tags,
    Check,

    /// <summary>People who may approve, in steps.</summary>
    Approvers,
    Category,
}

/// <param name="Name">The member of the request, as the API spells it.</param>
public sealed record ActionField(string Name, string Label, FieldKind Kind, bool Required = false, string? Hint = null, int Longest = 2000);

/// <summary>What an action of the lifecycle looks like on pages: its words, and what has to be said with it.</summary>
/// <param name="Name">As in <c>allowed_actions</c>.</param>
/// <param name="Done">Said when it has been done.</param>
/// <param name="Fields">None: one press does it.</param>
public sealed record TicketActionForm(string Name, string Label, string Icon, string Done, string? Explained = null, params ActionField[] Fields)
{
    /// <summary>The key that opens it.</summary>
    public string? Key { get; init; }

    /// <summary>Ends something; shown in red, and asked for twice.</summary>
    public bool IsGrave { get; init; }

    /// <summary>Gives the ticket to a department: it is shown when it would be due there, and what happens if that is full.</summary>
    public bool GivesAway => Name is "assign" or "confirm_review" or "reassign";

    static readonly ActionField Reason = new("reason", "Reason", FieldKind.Text, Required: true);
    static readonly ActionField OptionalReason = new("reason", "Reason", FieldKind.Text);
    static readonly ActionField Override = new("override_reason", "Why, though the department is full", FieldKind.Line, Hint: "Only needed for a department that is full and has no queue.");

    /// <summary>In the order of what is likely to come next; the first that a person may do is the big button.</summary>
    public static readonly IReadOnlyList<TicketActionForm> All =
    [
        new("undo", "Undo", "arrow-back-up", "Undone. Everything is as it was before.") { Key = "z" },
        new("clarify", "Answer the question", "message", "Answered. The review goes on.", "A moderator has asked you something.",
            new ActionField("answer", "Answer", FieldKind.Text, Hint: "Leave it empty if you have answered in the conversation.", Longest: 10_000)),
        new("submit", "Submit", "send", "Submitted. A moderator will look at it.") { Key = "s" },
        new("approve", "Approve", "thumb-up", "Approved.", null, OptionalReason with { Label = "Comment" }) { Key = "a" },
        new("request_changes", "Request changes", "pencil", "Changes requested.", "The ticket goes back to work.", Reason) { Key = "c" },
        new("reject_approval", "Reject", "thumb-down", "Rejected.", "This is final: the ticket ends as rejected.", Reason) { Key = "r", IsGrave = true },
        new("confirm", "Confirm", "circle-check", "Thank you. The ticket will be closed.", "Does it work? Your rating goes to the department.",
            new ActionField("rating", "Rating", FieldKind.Rating), new ActionField("feedback", "A line about it", FieldKind.Line)) { Key = "s" },
        new("rework", "Not solved", "rotate", "Sent back to work.", "What is still wrong? The ticket goes back to work.", Reason),
        new("confirm_review", "Review and assign", "user-check", "Assigned.", "Corrects what needs to be, and gives it to the department's head.",
            new ActionField("title", "Title", FieldKind.Line, Longest: 500), new ActionField("priority", "Priority", FieldKind.Priority), new ActionField("category", "Category", FieldKind.Category),
            new ActionField("department_id", "Department", FieldKind.Department), Override) { Key = "a" },
        new("assign", "Assign", "user-check", "Assigned.", "It goes to the department's head.", new ActionField("department_id", "Department", FieldKind.Department), Override) { Key = "a" },
        new("review", "Take up for review", "eye", "It is yours to review.") { Key = "s" },
        new("acknowledge", "Acknowledge", "check", "Acknowledged.") { Key = "s" },
        new("start", "Start work", "player-play", "Work has started.") { Key = "s" },
        new("complete", "Complete", "circle-check", "Resolved. The requester will be asked to confirm.", "Say what was done; the requester reads it.",
            new ActionField("completion_notes", "What was done", FieldKind.Text, Required: true, Longest: 10_000)) { Key = "e" },
        new("progress", "Report progress", "gauge", "Progress reported.", null,
            new ActionField("percent", "Done so far", FieldKind.Percent, Required: true), new ActionField("note", "Note", FieldKind.Line, Hint: "Needed when it goes down.")),
        new("restart", "Restart", "player-play", "It goes on where it was.") { Key = "s" },
        new("close", "Close", "circle-check", "Closed.", "Verified and done: the conversation is closed.", OptionalReason) { Key = "e" },
        new("reopen", "Reopen", "rotate", "Reopened.", "A new conversation and new clocks begin.", OptionalReason),
        new("request_reopen", "Ask to reopen", "rotate", "Asked. A moderator will decide.", "A moderator decides. A ticket can be reopened twice.", Reason),
        new("acknowledge_sla", "Accept the new due time", "clock", "Accepted."),
        new("dispute_sla", "Dispute the new due time", "clock", "The moderators have been told.", null, Reason),
        new("request_clarification", "Ask the requester", "help", "Asked.", "The question goes to the conversation; the review waits.",
            new ActionField("question", "Question", FieldKind.Text, Required: true)),
        new("request_approval", "Request approval", "thumb-up", "Approval requested.", "Step by step, or all at once.",
            new ActionField("chain", "Who approves", FieldKind.Approvers, Required: true), OptionalReason with { Label = "What it is about" }, new ActionField("due_at", "Until", FieldKind.Time)),
        new("withdraw_approval", "Withdraw the approval request", "x", "Withdrawn; it goes back to work."),
        new("request_sub_ticket", "Request a sub-ticket", "git-branch", "Asked. A moderator will decide.", "A part of this that another department does.",
            new ActionField("title", "What is to be done", FieldKind.Line, Required: true, Longest: 500), new ActionField("department_id", "Department", FieldKind.Department, Required: true),
            Reason with { Label = "Why it is needed" }, new ActionField("description", "More", FieldKind.Text, Longest: 65_536)),
        new("request_postpone", "Request postponement", "player-pause", "Asked. A moderator will decide.", null, Reason),
        new("reassign", "Reassign", "transfer", "Reassigned.", "Acknowledgement begins anew; approvals stay.",
            new ActionField("department_id", "Department", FieldKind.Department), Reason, Override, new ActionField("reset_sla", "Begin the resolution clock anew", FieldKind.Check)) { Key = "a" },
        new("postpone", "Postpone", "player-pause", "Postponed. The clocks stand still.", null, Reason),
        new("split", "Split into sub-tickets", "arrows-split", "Sub-tickets made.", "One a line: a title, then the department's code after a bar, as: Order a chair | PRC",
            new ActionField("sub_tickets", "Sub-tickets", FieldKind.Text, Required: true, Hint: "Codes are beside the departments in the assign dialog.", Longest: 10_000)),
        new("change_priority", "Change priority", "flag", "Priority changed.", null, new ActionField("priority", "Priority", FieldKind.Priority, Required: true), OptionalReason) { Key = "p" },
        new("change_due", "Change due time", "calendar", "Due time changed.", "The head acknowledges or disputes it.", new ActionField("due_at", "Due", FieldKind.Time, Required: true), Reason),
        new("tag", "Tags", "tags", "Tags saved.", null, new ActionField("tags", "Tags", FieldKind.Tags, Hint: "Separated by commas; 20 at most.")),
        new("merge", "Merge into another", "arrow-merge", "Merged.", "This one is closed as a duplicate of the other.", new ActionField("into", "The other ticket's number", FieldKind.Ticket, Required: true), OptionalReason),
        new("reject", "Reject", "circle-x", "Rejected.", "It ends here. The requester reads the reason.",
            Reason with { Required = false, Hint = "Needed, unless it duplicates another." }, new ActionField("duplicate_of", "Duplicate of (number)", FieldKind.Ticket)) { IsGrave = true },
        new("withdraw", "Withdraw", "x", "Withdrawn.") { IsGrave = true },
        new("force_close", "Close by force", "lock", "Closed.", "Sub-tickets are closed, approvals and requests cancelled. An admin needs a second admin.", Reason) { IsGrave = true },
    ];

    public static TicketActionForm? Find(string name) => All.FirstOrDefault(a => a.Name == name);

    /// <summary>Those of a ticket that its reader may do now, the likeliest first; what has places of its own on the page left out.</summary>
    public static IReadOnlyList<TicketActionForm> For(TicketView ticket) =>
        [.. All.Where(a => ticket.AllowedActions.Contains(a.Name) && a.Name is not "undo")];
}
