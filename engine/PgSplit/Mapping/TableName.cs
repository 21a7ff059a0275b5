using System.Text;
using PgSplit.Pg;

namespace PgSplit.Mapping;

/// <summary>Names of tables as people write them: <c>name</c> (schema public), <c>schema.name</c>, either part in double quotes where SQL would need them, and only there.</summary>
static class TableName
{
    public static bool TryParse(string text, out QualifiedName name)
    {
        name = default;
        var parts = new List<string>();
        for (var at = 0; ; at++)
        {
            if (!TryPart(text, ref at, out var part))
                return false;
            parts.Add(part);
            if (at == text.Length)
                break;
            if (text[at] != '.')
                return false;
        }

        if (parts.Count > 2)
            return false;
        name = parts.Count == 2 ? new QualifiedName(parts[0], parts[1]) : new QualifiedName("public", parts[0]);
        return true;
    }

    /// <summary>As <see cref="TryParse"/> reads it back.</summary>
    public static string Write(QualifiedName name) =>
        name.Schema == "public" ? Part(name.Name) : $"{Part(name.Schema)}.{Part(name.Name)}";

    // Unlike SQL, capitals need no quotes: nothing is folded to lower case here. Only what would end a part is quoted.
    static string Part(string part) => part.AsSpan().IndexOfAny("\". \t\n") < 0 ? part : Sql.Name(part);

    static bool TryPart(string text, ref int at, out string part)
    {
        var read = new StringBuilder();
        part = "";
        if (at < text.Length && text[at] == '"')
        {
            for (at++; at < text.Length; at++)
            {
                if (text[at] == '"' && ++at is var next && (next == text.Length || text[next] != '"'))
                {
                    part = read.ToString();
                    return part.Length > 0;
                }

                read.Append(text[at]);
            }

            return false;
        }

        while (at < text.Length && text[at] is not ('.' or '"') && !char.IsWhiteSpace(text[at]))
            read.Append(text[at++]);
        part = read.ToString();
        return part.Length > 0;
    }
}
