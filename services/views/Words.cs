namespace Hdms.Views;

/// <summary>What somebody typed into a search box, as a query for <c>to_tsquery('simple', …)</c>.</summary>
static class Words
{
    /// <summary>The columns <c>words</c> divide their text by the same, beside white space.</summary>
    const string Dividers = "@.-_/+ \t\r\n";

    /// <summary>All of the words; the last one may still be being typed, and finds what begins with it. Null without words.</summary>
    public static string? Of(string? text) => Query(text, "", "*");

    /// <summary>As <see cref="Of"/>, in titles alone, where any word may be a beginning.</summary>
    public static string? OfTitle(string? text) => Query(text, "*A", "*A");

    /// <summary>As <see cref="Of"/>, in titles alone.</summary>
    public static string? OnlyInTitle(string? text) => Query(text, "A", "*A");

    static string? Query(string? text, string each, string last)
    {
        var words = (text ?? "").Split(Dividers.ToCharArray(), StringSplitOptions.RemoveEmptyEntries);

        // Quoted, so that nothing in a word is read as an operator.
        return words.Length == 0 ? null : string.Join(
            " & ", words.Select((w, i) => $"'{w.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal)}'{Suffix(i == words.Length - 1 ? last : each)}"));
    }

    static string Suffix(string marks) => marks.Length == 0 ? "" : $":{marks}";
}
