using System.Text.RegularExpressions;
using PgSplit.Pg;

namespace PgSplit.Mapping;

/// <summary>A line under <c>ignore</c>: a table's name, or a pattern of names in which <c>*</c> stands for anything and <c>?</c> for one character. Without a schema it speaks of public; <c>*</c> alone of everything.</summary>
sealed class TablePattern
{
    readonly Regex? _pattern;
    readonly QualifiedName _exact;

    public TablePattern(string text, int line)
    {
        (Text, Line) = (text, line);
        if (!text.Contains('*', StringComparison.Ordinal) && !text.Contains('?', StringComparison.Ordinal))
        {
            IsValid = TableName.TryParse(text, out _exact);
            return;
        }

        IsValid = true;
        var whole = text == "*" ? "*.*" : text.Contains('.', StringComparison.Ordinal) ? text : "public." + text;
        _pattern = new Regex($"^{Regex.Escape(whole).Replace("\\*", ".*", StringComparison.Ordinal).Replace("\\?", ".", StringComparison.Ordinal)}$",
            RegexOptions.Singleline | RegexOptions.NonBacktracking);
    }

    public string Text { get; }
    public int Line { get; }
    public bool IsValid { get; }

    /// <summary>The one table that is meant; null for a pattern.</summary>
    public QualifiedName? Exact => _pattern is null ? _exact : null;

    public bool Matches(QualifiedName table) => _pattern?.IsMatch($"{table.Schema}.{table.Name}") ?? table == _exact;
}
