using System.Security.Cryptography;
using System.Text;

namespace PgSplit.Catalog;

/// <summary>A short text that differs as soon as a table's columns or row identity differ in anything the stream depends on (PROTOCOL case 56).</summary>
static class Fingerprint
{
    public static string Of(IReadOnlyList<Column> columns, RowIdentity identity, IReadOnlyList<string> key)
    {
        var text = new StringBuilder();
        foreach (var c in columns)
            text.Append(c.Name).Append('\0').Append(c.Type).Append('\0').Append(c.NotNull).Append(c.Identity).Append(c.IsGenerated).Append('\n');
        text.Append(identity).Append('\n').AppendJoin('\0', key);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()))[..16]);
    }
}
