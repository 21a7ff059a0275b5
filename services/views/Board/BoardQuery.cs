using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Hdms.Kit.Http;
using Microsoft.AspNetCore.Mvc;

namespace Hdms.Views.Board;

/// <summary>What of the board is asked for: a tab, filters and an order. Reports and saved views take the same.</summary>
sealed record BoardQuery(
    [property: FromQuery(Name = "tab"), Description("One of the lists that people work from; all by default")] string? Tab = null,
    [property: FromQuery(Name = "status"), Description("Several separated by commas")] string? Status = null,
    [property: FromQuery(Name = "priority"), Description("Several separated by commas")] string? Priority = null,
    [property: FromQuery(Name = "department_id")] Guid? DepartmentId = null,
    [property: FromQuery(Name = "assignee_id"), Description("An id, me, or none")] string? AssigneeId = null,
    [property: FromQuery(Name = "requester_id"), Description("An id, or me")] string? RequesterId = null,
    [property: FromQuery(Name = "category"), StringLength(100)] string? Category = null,
    [property: FromQuery(Name = "tag"), StringLength(50)] string? Tag = null,
    [property: FromQuery(Name = "breached"), Description("Past its due time, and not done")] bool? Breached = null,
    [property: FromQuery(Name = "created_from"), Description("From this time on")] DateTimeOffset? CreatedFrom = null,
    [property: FromQuery(Name = "created_to"), Description("Before this time")] DateTimeOffset? CreatedTo = null,
    [property: FromQuery(Name = "submitted_from"), Description("From this time on")] DateTimeOffset? SubmittedFrom = null,
    [property: FromQuery(Name = "submitted_to"), Description("Before this time")] DateTimeOffset? SubmittedTo = null,
    [property: FromQuery(Name = "resolved_from"), Description("From this time on")] DateTimeOffset? ResolvedFrom = null,
    [property: FromQuery(Name = "resolved_to"), Description("Before this time")] DateTimeOffset? ResolvedTo = null,
    [property: FromQuery(Name = "due_from"), Description("From this time on")] DateTimeOffset? DueFrom = null,
    [property: FromQuery(Name = "due_to"), Description("Before this time")] DateTimeOffset? DueTo = null,
    [property: FromQuery(Name = "overdue_from"), Description("Due from this time on, and not done when it was")] DateTimeOffset? OverdueFrom = null,
    [property: FromQuery(Name = "overdue_to"), Description("Due before this time, and not done when it was")] DateTimeOffset? OverdueTo = null,
    [property: FromQuery(Name = "q"), StringLength(100), Description("A number, or words of the title")] string? Q = null,
    [property: FromQuery(Name = "sort"), Description("created_at, updated_at, last_activity_at, submitted_at, due_at, priority, number or title; - before it turns it round")] string? Sort = null)
{
    /// <summary>The names of its parameters.</summary>
    public static readonly IReadOnlyList<string> Parameters =
        [.. typeof(BoardQuery).GetProperties().SelectMany(p => p.GetCustomAttributes(typeof(FromQueryAttribute), false).Cast<FromQueryAttribute>()).Select(a => a.Name!)];
}

/// <summary>Which part of the board is asked for.</summary>
sealed record BoardPaging(
    [property: FromQuery(Name = "after"), Description("Where to go on: 'next' of the answer before")] string? After = null,
    [property: FromQuery(Name = "before"), Description("Where to go back from: 'previous' of the answer before")] string? Before = null,
    [property: FromQuery(Name = "limit"), Range(1, PageQuery.MostAtOnce), Description("Rows at most")] int Limit = 20);
