namespace PgSplit.Load;

/// <summary>The statements of a script, each with the line on which it begins: divided at semicolons that are in no quotes, comment, or body of a function (as psql does).</summary>
static class SqlStatements
{
    public static IEnumerable<(int Line, string Sql)> Of(string script)
    {
        var (from, at, line, depth) = (0, 0, 1, 0);
        while (at < script.Length)
        {
            if (script[at] == ';' && depth == 0)
            {
                if (Trimmed(script, from, at, line) is { } statement)
                    yield return statement;
                line += script.AsSpan(from, at + 1 - from).Count('\n');
                from = ++at;
                continue;
            }

            var word = Word(script, at);
            if (word.Length == 0)
            {
                at = After(script, at);
                continue;
            }

            // BEGIN ATOMIC … END: statements within a statement. CASE ends with END, too.
            depth += word.ToUpperInvariant() switch
            {
                "ATOMIC" => 1,
                "CASE" when depth > 0 => 1,
                "END" when depth > 0 => -1,
                _ => 0,
            };
            at += word.Length;
            // E'…' has other rules for the quote that follows.
            if (word is "e" or "E" && at < script.Length && script[at] == '\'')
                at = Quoted(script, at, escapes: true);
        }

        if (Trimmed(script, from, script.Length, line) is { } last)
            yield return last;
    }

    // Behind what begins here and may hold semicolons; else behind one character.
    static int After(string script, int at) => script[at] switch
    {
        '\'' or '"' => Quoted(script, at, escapes: false),
        '-' when Next(script, at) == '-' => LineEnd(script, at),
        '/' when Next(script, at) == '*' => Comment(script, at),
        '$' => Dollar(script, at),
        _ => at + 1,
    };

    static int Quoted(string script, int at, bool escapes)
    {
        var quote = script[at];
        for (at++; at < script.Length; at++)
        {
            if (escapes && script[at] == '\\' || script[at] == quote && Next(script, at) == quote)
                at++;
            else if (script[at] == quote)
                return at + 1;
        }

        return script.Length;
    }

    static int Comment(string script, int at)
    {
        var depth = 0;
        do
        {
            if (script[at] == '/' && Next(script, at) == '*')
                (depth, at) = (depth + 1, at + 2);
            else if (script[at] == '*' && Next(script, at) == '/')
                (depth, at) = (depth - 1, at + 2);
            else
                at++;
        }
        while (depth > 0 && at < script.Length);
        return at;
    }

    // $tag$ … $tag$
    static int Dollar(string script, int at)
    {
        var end = at + 1;
        while (end < script.Length && (char.IsLetterOrDigit(script[end]) || script[end] == '_'))
            end++;
        if (end >= script.Length || script[end] != '$' || char.IsDigit(script[at + 1]))
            return at + 1;
        var tag = script[at..(end + 1)];
        return script.IndexOf(tag, end + 1, StringComparison.Ordinal) is var close and >= 0 ? close + tag.Length : script.Length;
    }

    static string Word(string script, int at)
    {
        var end = at;
        while (end < script.Length && (char.IsLetter(script[end]) || script[end] == '_' || end > at && (char.IsDigit(script[end]) || script[end] == '$')))
            end++;
        return script[at..end];
    }

    static char Next(string script, int at) => at + 1 < script.Length ? script[at + 1] : '\0';

    static int LineEnd(string script, int from) => script.IndexOf('\n', from) is var at and >= 0 ? at : script.Length;

    // Without the blanks and comments before it; null where there is nothing else.
    static (int Line, string Sql)? Trimmed(string script, int from, int to, int line)
    {
        var at = from;
        while (at < to && (char.IsWhiteSpace(script[at]) || script[at] == '-' && Next(script, at) == '-'))
            at = char.IsWhiteSpace(script[at]) ? at + 1 : Math.Min(to, LineEnd(script, at));
        return at == to ? null : (line + script.AsSpan(from, at - from).Count('\n'), script[at..to]);
    }
}
