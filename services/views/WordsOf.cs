using System.Text.Json;

namespace Hdms.Views;

/// <summary>Enums as they are written in JSON and in columns: <c>under_review</c>.</summary>
static class WordsOf
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
