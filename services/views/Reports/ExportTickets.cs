using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Views.Board;
using Hdms.Views.Sight;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Views.Reports;

static class ExportTickets
{
    /// <summary>Read and sent part by part, so that no connection to the database is held by whoever reads slowly.</summary>
    const int AtOnce = 500;

    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/reports/tickets.csv", Handle)
        .WithName(nameof(ExportTickets))
        .WithTags("Reports")
        .WithSummary("All that the board would list, as CSV")
        .Produces<string>(StatusCodes.Status200OK, "text/csv")
        .WithProblems(Codes.Forbidden, Codes.ValidationFailed);

    static async Task Handle([AsParameters] BoardQuery query, Caller caller, ServiceDatabase db, TimeProvider clock, HttpContext http, CancellationToken ct)
    {
        var check = new Checks();
        var order = BoardOrder.Read(query.Sort, check);
        var filter = BoardFilter.Read(query, caller, check);
        check.Done();
        var now = clock.GetUtcNow();
        var standing = await db.ReadAsync(connection => Standing.ReadAsync(connection, caller, now, ct), ct);
        Csv? csv = null;
        (string Key, Guid Id)? place = null;
        do
        {
            var part = await db.ReadAsync(connection => BoardReader.NextAsync(connection, filter, order, standing, place, AtOnce, now, ct), ct, standby: true);

            // Not before it is known that there is an answer.
            csv ??= Csv.Of(
                http.Response, "tickets.csv", "number", "title", "status", "priority", "category", "requester", "department", "assignee", "progress_percent",
                "sub_tickets", "open_sub_tickets", "messages", "attachments", "tags", "submitted_at", "due_at", "is_breached", "created_at", "updated_at", "last_activity_at");
            foreach (var row in part.Found.Select(t => t.Row(standing, part.Calendars, now)))
            {
                csv.Row(
                    row.Number, row.Title, row.Status.Word(), row.Priority.Word(), row.Category, Name(row.Requester), row.Department?.Name, Name(row.Assignee),
                    row.ProgressPercent, row.SubTickets, row.OpenSubTickets, row.Messages, row.Attachments, string.Join(' ', row.Tags), row.SubmittedAt,
                    row.Sla?.DueAt, row.Sla?.IsBreached, row.CreatedAt, row.UpdatedAt, row.LastActivityAt);
            }

            await csv.SendAsync(ct);
            place = part.Found.Count == AtOnce ? (part.Found[^1].SortKey, part.Found[^1].Id) : null;
        }
        while (place is not null);
    }

    public static string? Name(PersonRef? person) => person is null ? null : $"{person.FirstName} {person.LastName}".Trim();
}
