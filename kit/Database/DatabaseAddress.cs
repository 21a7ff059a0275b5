using System.Globalization;

namespace Hdms.Kit.Database;

/// <summary>Where a database is: <c>host:port/database</c>, without credentials (PROTOCOL 1.0). The host may be the folder of a unix socket.</summary>
public sealed record DatabaseAddress(string Host, int Port, string Database)
{
    public override string ToString() => $"{Host}:{Port}/{Database}";

    /// <exception cref="FormatException">The text is not <c>host:port/database</c>.</exception>
    public static DatabaseAddress Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var slash = text.LastIndexOf('/');
        var colon = slash < 0 ? -1 : text.LastIndexOf(':', slash);
        if (colon > 0
            && slash < text.Length - 1
            && int.TryParse(text.AsSpan(colon + 1, slash - colon - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && port is > 0 and < 65536)
        {
            return new DatabaseAddress(text[..colon], port, text[(slash + 1)..]);
        }

        throw new FormatException($"'{text}' is not an address of a database; write host:port/database, as 127.0.0.1:5432/hdms_db.");
    }
}
