namespace PgSplit.Pg;

/// <summary>The one place where names and texts become SQL. Values otherwise travel as parameters.</summary>
static class Sql
{
    /// <summary>A quoted identifier, whatever is in it (PostgreSQL manual 4.1.1).</summary>
    public static string Name(string identifier) => $"\"{identifier.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>A quoted text, for statements that take no parameters (DDL, replication commands, function bodies).</summary>
    public static string Text(string value) =>
        value.Contains('\\', StringComparison.Ordinal)
            ? $" E'{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal)}'"
            : $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>Quoted identifiers, separated by commas.</summary>
    public static string Names(IEnumerable<string> identifiers) => string.Join(", ", identifiers.Select(Name));
}
