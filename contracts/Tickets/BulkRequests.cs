using System.ComponentModel.DataAnnotations;
using System.Text.Json;

namespace Hdms.Contracts;

/// <summary>One action for many tickets: for those that are named, or for all that match a filter.</summary>
/// <param name="Action">As in <c>POST /tickets/{id}/{action}</c>.</param>
/// <param name="Arguments">The action's own members, the same for each.</param>
/// <param name="Ids">1 to 100; carried out at once.</param>
/// <param name="Filter">The filters of the list, by their names; carried out in the background.</param>
/// <param name="Expected">How many the preview found; 409 when it is another number by now.</param>
public sealed record BulkActRequest(
    [property: StringLength(50, MinimumLength = 1)] string Action,
    JsonElement? Arguments = null,
    [property: MaxLength(100)] IReadOnlyList<Guid>? Ids = null,
    IReadOnlyDictionary<string, string>? Filter = null,
    int? Expected = null);

/// <param name="Filter">The filters of the list, by their names.</param>
public sealed record PreviewBulkRequest(IReadOnlyDictionary<string, string> Filter);

/// <param name="Count">How many match; a job takes up to <paramref name="Most"/>.</param>
public sealed record BulkPreview(int Count, int Most);

/// <summary>What became of one ticket: the HTTP status that the action alone would have had, and its problem.</summary>
public sealed record BulkResult(Guid Id, int Status, BulkError? Error = null);

public sealed record BulkError(string Code, string Detail);

/// <summary>The results of a change to named tickets, in their order, or the job that carries out a larger one.</summary>
public sealed record BulkAnswer(IReadOnlyList<BulkResult> Results, int Succeeded, int Failed, TicketBulkJobView? Job = null);

public enum TicketBulkJobStatus
{
    Waiting,
    Running,
    Done,
    Cancelled,
}

/// <param name="Failures">The first hundred that failed.</param>
public sealed record TicketBulkJobView(
    Guid Id, string Action, TicketBulkJobStatus Status, int Total, int Succeeded, int Failed, Guid RequestedBy, DateTimeOffset CreatedAt, DateTimeOffset? FinishedAt,
    IReadOnlyList<BulkResult> Failures);
