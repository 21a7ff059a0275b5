using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.Lifecycle;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Tickets;

static class ListTickets
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/tickets", Handle)
        .WithName(nameof(ListTickets))
        .WithTags("Tickets")
        .WithSummary("Lists the tickets that the caller may see; sorts by created_at, updated_at, submitted_at, due_at, priority, number, title")
        .WithProblems(Codes.Forbidden, Codes.ValidationFailed);

    static readonly Dictionary<string, string> Sorts = new(StringComparer.Ordinal)
    {
        ["created_at"] = "r.created_at",
        ["updated_at"] = "r.updated_at",
        ["submitted_at"] = "r.submitted_at",
        ["due_at"] = "r.due_at",
        ["priority"] = "array_position(ARRAY['urgent', 'high', 'medium', 'low'], r.priority)",
        ["number"] = "r.number_year, r.number_in_year",
        ["title"] = "lower(r.title)",
    };

    static async Task<Listing<TicketView>> Handle(
        [AsParameters] PageQuery page, [AsParameters] TicketQuery query, Caller caller, TicketDesk desk, Totals totals, TimeProvider clock, CancellationToken ct)
    {
        var check = new Checks();
        page.Check<TicketView>(check);
        var order = page.OrderBy(check, Sorts, "-created_at", tie: "r.id DESC");
        var filter = TicketFilter.Read(query, caller, check);
        check.Done();
        var now = clock.GetUtcNow();
        return await desk.Database.ReadAsync(async connection =>
        {
            var standing = await Standing.ReadAsync(connection, caller, desk.Rules, now, ct);
            var (_, args) = filter.Sql(caller, standing, now);
            args.AddDynamicParams(new { take = page.Take(), skip = page.Skip(), upTo = page.Skip() + page.Take(), count = page.CountUpTo() });
            var rows = await TicketTable.Rows.QueryAsync(
                connection, $"WHERE {filter.FirstSql(caller, standing, order)} ORDER BY {order} LIMIT @take OFFSET @skip", args, ct);
            var counted = await totals.OfAsync(
                page, rows.Count, filter.Key(caller, standing),
                () => connection.ExecuteScalarAsync<long>(new CommandDefinition(filter.CountSql(caller, standing), args, cancellationToken: ct)));
            var situations = rows.Select(t => new Situation(t, caller, standing, desk.Rules, now)).ToList();
            return new Listing<TicketView>(page, await TicketViewing.ManyAsync(connection, situations, ct), counted);
        }, ct, standby: true);
    }
}

/// <summary>The filters of the list, and of changes to all that match.</summary>
sealed record TicketQuery(
    [property: FromQuery(Name = "status"), Description("Several separated by commas")] string? Status = null,
    [property: FromQuery(Name = "priority"), Description("Several separated by commas")] string? Priority = null,
    [property: FromQuery(Name = "category"), StringLength(100)] string? Category = null,
    [property: FromQuery(Name = "department_id")] Guid? DepartmentId = null,
    [property: FromQuery(Name = "assignee_id"), Description("An id, me, or none")] string? AssigneeId = null,
    [property: FromQuery(Name = "requester_id"), Description("An id, or me")] string? RequesterId = null,
    [property: FromQuery(Name = "claimed_by"), Description("An id, me, or none")] string? ClaimedBy = null,
    [property: FromQuery(Name = "tag"), StringLength(50)] string? Tag = null,
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
    [property: FromQuery(Name = "breached"), Description("Past its due time, and not done")] bool? Breached = null,
    [property: FromQuery(Name = "attention"), Description("A day in the pool unreviewed, or a day unacknowledged")] bool? Attention = null,
    [property: FromQuery(Name = "waiting_for_me"), Description("My turn to approve it")] bool? WaitingForMe = null,
    [property: FromQuery(Name = "q"), StringLength(100), Description("A number, or words of the title")] string? Q = null);
