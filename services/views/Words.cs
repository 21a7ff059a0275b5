using Hdms.Kit.Http;

namespace Hdms.Views;

/// <summary>What somebody typed into a search box, as a query for <c>to_tsquery('simple', …)</c>. Null without words.</summary>
static class Words
{
    /// <summary>All of the words; the last one may still be being typed, and finds what begins with it.</summary>
    public static string? Of(string? text) => Filters.Query(text, "", "*");

    /// <summary>All of the words as they are, the last one too.</summary>
    public static string? Whole(string? text) => Filters.Query(text, "", "");

    /// <summary>As <see cref="Of"/>, in titles alone, where any word may be a beginning.</summary>
    public static string? OfTitle(string? text) => Filters.Query(text, "*A", "*A");

    /// <summary>As <see cref="Of"/>, in titles alone.</summary>
    public static string? OnlyInTitle(string? text) => Filters.Query(text, "A", "*A");

    /// <summary>As <see cref="Whole"/>, in titles alone.</summary>
    public static string? WholeInTitle(string? text) => Filters.Query(text, "A", "A");
}
