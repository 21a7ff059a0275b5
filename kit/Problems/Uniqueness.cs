using Npgsql;

namespace Hdms.Kit.Problems;

/// <summary>
/// Reads a violated unique index as 409 <c>already_exists</c> naming the field: by convention such an index is called
/// <c>&lt;table&gt;_&lt;field&gt;</c>. A look before the write would not do, since somebody else may write in between.
/// </summary>
public static class Uniqueness
{
    /// <returns>Null when <paramref name="e"/> is something else.</returns>
    public static Refusal? Understand(PostgresException e)
    {
        ArgumentNullException.ThrowIfNull(e);
        var field = e is { SqlState: PostgresErrorCodes.UniqueViolation, TableName: { } table, ConstraintName: { } index }
            && index.StartsWith($"{table}_", StringComparison.Ordinal)
                ? index[(table.Length + 1)..]
                : "pkey";
        return field == "pkey"
            ? null
            : new Refusal(Codes.AlreadyExists, $"There is one with this {field} already.", e)
            {
                Errors = new Dictionary<string, string[]> { [field] = ["is taken"] },
            };
    }
}
