namespace Hdms.Kit.Database;

/// <summary>The one way by which a name gets into SQL text; values go in as parameters.</summary>
public static class Sql
{
    /// <summary>A quoted identifier (PostgreSQL manual, 4.1.1).</summary>
    public static string Name(string identifier)
    {
        ArgumentException.ThrowIfNullOrEmpty(identifier);
        return identifier.Contains('\0', StringComparison.Ordinal)
            ? throw new ArgumentException("A name in SQL can't have a NUL in it.", nameof(identifier))
            : $"\"{identifier.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
