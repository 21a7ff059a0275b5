using System.Text.Json;

namespace Hdms.Contracts;

/// <summary>Enums as they are written in JSON, in columns and in documents: <c>under_review</c>.</summary>
public static class WordsOf
{
    public static string Word<T>(this T value)
        where T : struct, Enum => Names<T>.All[value];

    static class Names<T>
        where T : struct, Enum
    {
        public static readonly IReadOnlyDictionary<T, string> All =
            Enum.GetValues<T>().ToDictionary(v => v, v => JsonNamingPolicy.SnakeCaseLower.ConvertName(v.ToString()));
    }
}
