using Hdms.Contracts;
using Hdms.Kit.Problems;
using Hdms.Users.People;

namespace Hdms.Users.Import;

/// <summary>What a row comes to; the dry run shows it, the real one carries it out.</summary>
sealed record ImportPlan(ImportAction Action, User Before, User After, string? Reason)
{
    /// <param name="existing">The person with the row's employee code, if there is one.</param>
    public static ImportPlan Of(
        User? existing, ImportLine line, IReadOnlyList<string> columns, IReadOnlyDictionary<string, Guid> departments, DateTimeOffset now)
    {
        var before = existing ?? new User { DateJoined = now };
        if (line.Problem is { } problem)
        {
            return new ImportPlan(ImportAction.Reject, before, before, problem);
        }

        if (existing is { Status: "deleted" or "anonymised" })
        {
            return new ImportPlan(ImportAction.Reject, before, before, $"employee_code belongs to a person who is {existing.Status}");
        }

        var check = new Checks();
        var after = ImportColumns.Merge(before, columns, line.Cells, departments, check);
        var action = !check.Ok ? ImportAction.Reject
            : existing is null ? ImportAction.Create
            : after == before ? ImportAction.Unchanged
            : ImportAction.Update;
        return new ImportPlan(action, before, after, check.Ok ? null : string.Join("; ", check.Errors.Select(e => $"{e.Key} {string.Join(", ", e.Value)}")));
    }
}
