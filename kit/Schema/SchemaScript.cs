using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace Hdms.Kit.Schema;

/// <summary>One numbered SQL script of a service, as <c>0001_users.sql</c>.</summary>
public sealed record SchemaScript(string Name, string Sql)
{
    /// <summary>SHA-256 of the text; line ends do not count, since version control may change them.</summary>
    public string Checksum =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql.ReplaceLineEndings("\n"))));

    /// <summary>The kit's own scripts, then those embedded in <paramref name="assembly"/> under <c>Schema/</c>, each in order of number.</summary>
    public static IReadOnlyList<SchemaScript> Of(Assembly assembly, string service, string role) =>
    [
        .. Embedded(typeof(SchemaScript).Assembly, "kit/", service, role),
        .. Embedded(assembly, "", service, role),
    ];

    static IEnumerable<SchemaScript> Embedded(Assembly assembly, string prefix, string service, string role)
    {
        const string Folder = ".Schema.";
        foreach (var resource in assembly.GetManifestResourceNames().Where(n => n.EndsWith(".sql", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            var name = resource[(resource.IndexOf(Folder, StringComparison.Ordinal) + Folder.Length)..];
            var sql = reader.ReadToEnd()
                .Replace("{service}", service, StringComparison.Ordinal)
                .Replace("{role}", role, StringComparison.Ordinal);
            yield return new SchemaScript(prefix + name, sql);
        }
    }
}
