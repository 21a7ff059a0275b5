using System.Text.Json;

namespace Hdms.Contracts;

public enum ImportAction
{
    Create,
    Update,
    Unchanged,
    Reject,
}

/// <summary>What an import of people would do.</summary>
public sealed record ImportPreview(ImportCounts Counts, IReadOnlyList<ImportRowPreview> Rows);

/// <summary>How many rows; <paramref name="Total"/> is their sum, and what is still to be done.</summary>
public sealed record ImportCounts(int Total, int Create, int Update, int Unchanged, int Reject);

/// <param name="Line">Line at which the row ends in the file, from 1; the header is line 1.</param>
/// <param name="Changes">By field: what it is, and what it would be. A national id by its last four characters.</param>
/// <param name="Reason">Why the row can't be taken.</param>
public sealed record ImportRowPreview(
    int Line, string EmployeeCode, ImportAction Action, IReadOnlyDictionary<string, JsonElement[]> Changes, string? Reason);

public enum BulkJobState
{
    Running,
    Done,
}

/// <summary>Work on many things that goes on in the background.</summary>
/// <param name="Done">Of <paramref name="Total"/>; the counts are of these.</param>
/// <param name="Rejects">Where the rows that could not be taken are, with the reasons.</param>
public sealed record BulkJobView(
    Guid Id,
    string Kind,
    BulkJobState State,
    int Total,
    int Done,
    ImportCounts Counts,
    Guid? StartedBy,
    string Rejects,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? FinishedAt);

[EventType("user_import.started.v1")]
public sealed record UserImportStarted(Guid Id, int Total);

[EventType("user_import.finished.v1")]
public sealed record UserImportFinished(Guid Id, ImportCounts Counts);
