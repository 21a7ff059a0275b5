using System.Globalization;
using System.Text;
using Hdms.Kit.Problems;

namespace Hdms.Files.Uploads;

/// <summary>Names that people's machines give to files: shown, and given back with a download; never the name of anything here.</summary>
static class FileNames
{
    public const int Longest = 500;

    /// <summary>What remains of a name without folders, and without characters that nobody sees or that turn the text around.</summary>
    /// <exception cref="Refusal">422 for the field.</exception>
    public static string Plain(string? given, string field)
    {
        var name = given ?? throw Refusal.Invalid(field, "is required");
        name = name[(name.LastIndexOfAny(['/', '\\']) + 1)..];
        var plain = new StringBuilder(name.Length);
        foreach (var rune in name.EnumerateRunes())
        {
            // Format characters turn the direction of the text: a name that ends in "fdp.exe" behind one of them shows as one that ends in "exe.pdf".
            if (Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned) && rune != Rune.ReplacementChar)
            {
                plain.Append(rune);
            }
        }

        name = plain.ToString().Normalize(NormalizationForm.FormC).Trim().TrimEnd('.', ' ');
        return name.Length switch
        {
            0 => throw Refusal.Invalid(field, "has no character in it that a name can have"),
            > Longest => throw Refusal.Invalid(field, $"must have at most {Longest} characters"),
            _ => name,
        };
    }

    /// <summary>The name under which a file is given out: its last part says what it is, so that what runs where it is opened does not.</summary>
    public static string ForDownload(string name, string extension)
    {
        var given = Path.GetExtension(name).TrimStart('.').ToLowerInvariant();
        return given == extension || (extension, given) is ("jpg", "jpeg") or ("mp4", "m4v") or ("txt", "log" or "csv" or "md") ? name : $"{name}.{extension}";
    }
}
