using System.ComponentModel.DataAnnotations;

namespace Hdms.Contracts;

/// <summary>The lists that people work from; each is a filter with a name (UI.md, Pages).</summary>
public enum BoardTab
{
    /// <summary>Everything that the caller may see, drafts apart.</summary>
    All,

    /// <summary>Whatever is not over: neither closed nor rejected.</summary>
    Open,

    /// <summary>Submitted and nobody's yet.</summary>
    New,

    /// <summary>Under review, or reopened and not assigned again.</summary>
    UnderReview,

    /// <summary>Of <see cref="UnderReview"/>, what the caller has claimed.</summary>
    MyReviews,
    Assigned,
    InProgress,

    /// <summary>Waiting for approval, or approved and not started again.</summary>
    WaitingApproval,

    /// <summary>Done, to be verified.</summary>
    Resolved,
    Postponed,

    /// <summary>A day in the pool unreviewed, a day unacknowledged, or past the due time.</summary>
    Attention,

    /// <summary>Assigned to the caller, and not acknowledged.</summary>
    ToAcknowledge,

    /// <summary>Assigned to the caller, acknowledged or approved, and not started.</summary>
    ToStart,

    /// <summary>What waits for the caller: a question to answer, a result to confirm, an approval to give, work to acknowledge.</summary>
    WaitingForMe,

    /// <summary>Raised by the caller and not over.</summary>
    Mine,

    /// <summary>The caller's drafts.</summary>
    Drafts,

    /// <summary>Closed or rejected.</summary>
    Done,
}

/// <summary>A ticket as one line of the board, as of the events that the read side has heard.</summary>
/// <param name="Sla">Worked out at the moment of reading; null without a clock.</param>
/// <param name="Messages">Written in its chat, all sessions.</param>
/// <param name="Unread">Of those, how many the caller has not read; 0 for one who takes no part.</param>
/// <param name="LastActivityAt">The last event of the ticket or its chat.</param>
/// <param name="Version">The ticket's version: what <c>If-Match</c> takes.</param>
public sealed record BoardRow(
    Guid Id,
    string? Number,
    string Title,
    TicketStatus Status,
    Priority Priority,
    string? Category,
    PersonRef? Requester,
    DepartmentRef? Department,
    PersonRef? Assignee,
    PersonRef? ClaimedBy,
    SlaView? Sla,
    int ProgressPercent,
    int SubTickets,
    int OpenSubTickets,
    int Messages,
    int Unread,
    int Attachments,
    bool NeedsAttention,
    bool AwaitingRequester,
    IReadOnlyList<string> Tags,
    DateTimeOffset? SubmittedAt,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset LastActivityAt,
    long Version);

/// <summary>One page of the board.</summary>
/// <param name="Total">How many match; <paramref name="TotalIsCapped"/> when there are more than that.</param>
/// <param name="Next">Goes into <c>after</c> for the following page; null on the last one.</param>
/// <param name="Previous">Goes into <c>before</c> for the page before; null on the first one.</param>
/// <param name="Counts">How many of each tab the caller sees, without the filters; 1000 at most.</param>
public sealed record BoardPage(
    IReadOnlyList<BoardRow> Data, long Total, bool TotalIsCapped, string? Next, string? Previous, IReadOnlyList<TabCount> Counts);

/// <param name="Count">1000 at most; then <paramref name="IsCapped"/> says whether there are more.</param>
public sealed record TabCount(BoardTab Tab, int Count, bool IsCapped);

/// <summary>What a search has found, best first.</summary>
public sealed record SearchAnswer(IReadOnlyList<SearchHit> Data, long Total, bool TotalIsCapped);

/// <param name="Title">Text, with <c>⟦</c> and <c>⟧</c> around what was found.</param>
/// <param name="Snippet">A piece of the description or of a message that the caller may read, marked likewise; null when only the title matched.</param>
/// <param name="MessageId">The message from which <paramref name="Snippet"/> is.</param>
public sealed record SearchHit(
    Guid Id, string? Number, string Title, string? Snippet, Guid? MessageId, TicketStatus Status, Priority Priority, DateTimeOffset UpdatedAt);

/// <summary>Figures of what the caller may see: a requester's own, a head's department, or all (DOMAIN.md section 5, analytics).</summary>
/// <param name="Figures">In the order in which they are shown.</param>
/// <param name="Trend">By day, the oldest first.</param>
/// <param name="Ageing">Of what is open, by how long ago it was submitted.</param>
/// <param name="Workload">By department; empty for a requester.</param>
public sealed record DashboardView(
    IReadOnlyList<DashboardFigure> Figures,
    IReadOnlyList<DashboardDay> Trend,
    IReadOnlyList<DashboardBar> Ageing,
    IReadOnlyList<DashboardBar> ByStatus,
    IReadOnlyList<DashboardBar> ByPriority,
    IReadOnlyList<DepartmentLoad> Workload,
    DateTimeOffset AsOf);

/// <param name="Code">As <c>open</c>, <c>overdue</c>, <c>due_today</c>, <c>sla_met_percent</c>, <c>resolved_7_days</c>, <c>hours_to_resolve</c>.</param>
/// <param name="Value">A count, per cent or hours; null when there is nothing to take it of.</param>
/// <param name="Query">The board's query that lists what was counted; null where no list tells it.</param>
public sealed record DashboardFigure(string Code, double? Value, string? Query);

public sealed record DashboardDay(DateOnly Day, int Submitted, int Resolved, int Breached)
{
    /// <summary>The board's query that lists what was submitted on that day.</summary>
    public string? SubmittedQuery { get; init; }

    /// <summary>The one that lists what was resolved then.</summary>
    public string? ResolvedQuery { get; init; }

    /// <summary>The one that lists what was due then, and not done.</summary>
    public string? BreachedQuery { get; init; }
}

/// <param name="Query">The board's query that lists what was counted.</param>
public sealed record DashboardBar(string Label, int Count, string Query);

/// <param name="Capacity">How many tickets its head may have at once.</param>
/// <param name="UsualHours">The median time from assignment to resolution over the last 90 days; null when nothing was resolved.</param>
public sealed record DepartmentLoad(DepartmentRef Department, PersonRef? Head, int Active, int Overdue, int Capacity, double? UsualHours);

/// <summary>A board somebody keeps under a name.</summary>
/// <param name="Query">The board's query, as <c>tab=new&amp;priority=urgent</c>.</param>
/// <param name="IsShared">Everybody of the same role sees it.</param>
/// <param name="IsMine">The caller may change and delete it.</param>
public sealed record SavedView(Guid Id, string Name, string Query, bool IsShared, bool IsMine, DateTimeOffset CreatedAt, long Version);

/// <param name="Columns">What the caller wants boards to show beside the title, where an address or a view says nothing else; null: nothing was chosen.</param>
public sealed record SavedViews(IReadOnlyList<SavedView> Data, IReadOnlyList<BoardColumn>? Columns = null);

/// <summary>What a board can show of a ticket beside its title.</summary>
public enum BoardColumn
{
    Requester,
    Department,
    Head,

    /// <summary>Who has taken it up for review.</summary>
    Moderator,
    Category,
    Tags,
    Priority,
    Status,
    Progress,
    Due,

    /// <summary>Since it was submitted.</summary>
    Age,

    /// <summary>When something last happened.</summary>
    Activity,
}

/// <param name="Columns">None: as for somebody who has never chosen.</param>
public sealed record ChooseColumnsRequest(IReadOnlyList<BoardColumn> Columns);

/// <summary>Somebody's columns after the event; the id is the person's.</summary>
public abstract record ChosenColumnsState
{
    public Guid Id { get; init; }

    public IReadOnlyList<BoardColumn> Columns { get; init; } = [];

    public bool IsDeleted { get; init; }

    public DateTimeOffset? DeletedAt { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }
}

[EventType("board_columns.chosen.v1")]
public sealed record BoardColumnsChosen : ChosenColumnsState;

/// <summary>Came through an engine that knows no events.</summary>
[EventType("board_columns.imported.v1")]
public sealed record BoardColumnsImported : ChosenColumnsState;

public sealed record SaveViewRequest(
    [property: StringLength(60, MinimumLength = 1)] string Name, [property: StringLength(2000)] string Query, bool IsShared = false);

/// <summary>A saved view after the event.</summary>
public abstract record SavedViewState
{
    public Guid Id { get; init; }

    public Guid OwnerId { get; init; }

    /// <summary>The owner's when it was kept; others of it see it when it is shared.</summary>
    public Role Role { get; init; }

    public string Name { get; init; } = "";

    public string Query { get; init; } = "";

    public bool IsShared { get; init; }

    public bool IsDeleted { get; init; }

    public DateTimeOffset? DeletedAt { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }
}

[EventType("saved_view.kept.v1")]
public sealed record SavedViewKept : SavedViewState;

[EventType("saved_view.forgotten.v1")]
public sealed record SavedViewForgotten : SavedViewState;

/// <summary>Came through an engine that knows no events.</summary>
[EventType("saved_view.imported.v1")]
public sealed record SavedViewImported : SavedViewState;
