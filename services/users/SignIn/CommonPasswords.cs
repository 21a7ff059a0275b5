using System.Collections.Frozen;

namespace Hdms.Users.SignIn;

/// <summary>The passwords that are tried first by whoever guesses: from a list (SignIn/CommonPasswords/NOTICE.txt), and what people make of it.</summary>
static class CommonPasswords
{
    /// <summary>What everybody here would think of.</summary>
    static readonly string[] Local = ["hdms", "helpdesk", "help-desk", "ticket", "tickets"];

    static readonly Lazy<FrozenSet<string>> Known = new(Read);

    /// <summary>Whether it is common: as it is, with digits and signs around it (<c>Welcome2026!</c>), as <c>p@ssw0rd</c> writes it, repeated, or a row of neighbours.</summary>
    public static bool Has(string password)
    {
        var lower = password.ToLowerInvariant();
        var core = lower.Trim([.. lower.Where(c => !char.IsLetter(c)).Distinct()]);
        return IsKnown(lower) || IsKnown(core) || IsRow(lower) || Unit(lower) is var unit && unit.Length < lower.Length && (unit.Length < 6 || IsKnown(unit));
    }

    static bool IsKnown(string text) => Known.Value.Contains(text) || Known.Value.Contains(Plain(text));

    static string Plain(string text) => string.Create(text.Length, text, static (span, from) =>
    {
        for (var i = 0; i < span.Length; i++)
        {
            span[i] = from[i] switch { '0' => 'o', '1' or '!' => 'i', '3' => 'e', '4' or '@' => 'a', '5' or '$' => 's', '7' => 't', var c => c };
        }
    });

    /// <summary><c>abcdefghij</c>, <c>9876543210</c>, <c>aaaaaaaaaa</c>.</summary>
    static bool IsRow(string text)
    {
        var step = text[1] - text[0];
        return step is >= -1 and <= 1 && !text.Where((c, i) => i > 0 && c - text[i - 1] != step).Any();
    }

    /// <summary>The shortest text of which this is a repetition; itself when it is none.</summary>
    static string Unit(string text)
    {
        // A text that is found again in itself, shifted by n, repeats its first n characters.
        var n = (text + text).IndexOf(text, 1, StringComparison.Ordinal);
        return text[..n];
    }

    static FrozenSet<string> Read()
    {
        using var reader = new StreamReader(typeof(CommonPasswords).Assembly.GetManifestResourceStream("common-passwords.txt")!);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Concat(Local).ToFrozenSet(StringComparer.Ordinal);
    }
}
