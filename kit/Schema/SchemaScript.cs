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
        .. Embedded(typeof(SchemaScript).Assembly, "Schema").Select(file => Script(file, "kit/", service, role)),
        .. Embedded(assembly, "Schema").Select(file => Script(file, "", service, role)),
    ];

    /// <summary>The SQL files embedded under <paramref name="folder"/>, in order of name.</summary>
    internal static IEnumerable<(string Name, string Sql)> Embedded(Assembly assembly, string folder)
    {
        folder = $".{folder}.";
        foreach (var resource in assembly.GetManifestResourceNames().Where(n => n.EndsWith(".sql", StringComparison.Ordinal) && n.Contains(folder, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            yield return (resource[(resource.IndexOf(folder, StringComparison.Ordinal) + folder.Length)..], reader.ReadToEnd());
        }
    }

    static SchemaScript Script((string Name, string Sql) file, string prefix, string service, string role) => new(
        prefix + file.Name,
        file.Sql.Replace("{service}", service, StringComparison.Ordinal).Replace("{role}", role, StringComparison.Ordinal));
}
