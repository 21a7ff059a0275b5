namespace Hdms.Kit.Database;

/// <summary>The one way by which a name gets into SQL; values go as parameters.</summary>
public static class Sql
{
    /// <summary>An identifier, quoted.</summary>
    /// <exception cref="ArgumentException">It is empty, or has a NUL in it, which PostgreSQL can't hold.</exception>
    public static string Name(string identifier)
    {
        ArgumentException.ThrowIfNullOrEmpty(identifier);
        return identifier.Contains('\0', StringComparison.Ordinal)
            ? throw new ArgumentException("An identifier has a NUL in it.", nameof(identifier))
            : $"\"{identifier.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
