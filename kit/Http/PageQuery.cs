using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using Hdms.Contracts;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Mvc;

namespace Hdms.Kit.Http;

/// <summary>
/// The parameters that every list has; a handler takes them as <c>[AsParameters] PageQuery page</c>. A query reads
/// <see cref="Take"/> rows from <see cref="Skip"/>, in an order that <see cref="OrderBy"/> gives, and counts no more than
/// <see cref="CountUpTo"/>; <see cref="Listing{T}"/> answers.
/// </summary>
public sealed record PageQuery(
    [property: FromQuery(Name = "page"), Range(1, PageQuery.MostRows), Description("Page number, from 1")] int Page = 1,
    [property: FromQuery(Name = "limit"), Range(1, PageQuery.MostAtOnce), Description("Rows on a page")] int Limit = 20,
    [property: FromQuery(Name = "sort"), Description("Fields to sort by, separated by commas; - before one turns it round")] string? Sort = null,
    [property: FromQuery(Name = "fields"), Description("Fields to answer with, separated by commas; all by default")] string? Fields = null,
    [property: FromQuery(Name = "count"), RegularExpression("^(exact|none)$"), Description("exact: count all; none: do not count; by default up to 10,000")] string? Count = null)
{
    /// <summary>Where paging by number ends, and counting without being asked to.</summary>
    public const int MostRows = 10_000;

    public const int MostAtOnce = 100;

    public int Skip() => (Page - 1) * Limit;

    /// <summary>One more than the page holds, by which it is seen whether there is a next one.</summary>
    public int Take() => Limit + 1;

    /// <summary>For <c>LIMIT</c> inside the count; null is all.</summary>
    public long? CountUpTo() => Count switch { "exact" => null, "none" => 0, _ => MostRows + 1 };

    /// <summary>The members asked for, or null for all.</summary>
    public IReadOnlySet<string>? Members() => Fields is null ? null : Split(Fields).ToHashSet(StringComparer.Ordinal);

    /// <summary>Checks everything but the order.</summary>
    /// <typeparam name="T">The rows' type, whose members may be asked for.</typeparam>
    public void Check<T>(Checks check)
    {
        ArgumentNullException.ThrowIfNull(check);
        check.That("limit", Limit is >= 1 and <= MostAtOnce, $"must be 1 to {MostAtOnce}");
        check.That("page", Page >= 1, "must be 1 or more");
        check.That(
            "page",
            (long)Page * Limit <= MostRows || Limit is < 1 or > MostAtOnce,
            string.Create(CultureInfo.InvariantCulture, $"goes past the {MostRows} rows at which page numbers end; narrow the list with a filter"));
        check.That("count", Count is null or "exact" or "none", "must be exact or none");
        var known = Json.Tolerant.GetTypeInfo(typeof(T)).Properties.Select(p => p.Name).ToArray();
        var unknown = Members()?.Except(known, StringComparer.Ordinal).ToArray() ?? [];
        check.That("fields", unknown.Length == 0, $"has no {string.Join(", ", unknown)}; there are {string.Join(", ", known)}");
    }

    /// <summary>
    /// What comes after <c>ORDER BY</c>, put together of the values of <paramref name="columns"/> alone; what is not a key of it is
    /// refused. The last column makes the order total: <paramref name="tie"/>.
    /// </summary>
    /// <param name="columns">Field by which one may sort, and its SQL expressions.</param>
    /// <param name="otherwise">The order when none is asked for, as in the parameter.</param>
    public string OrderBy(Checks check, IReadOnlyDictionary<string, string> columns, string otherwise, string tie = "id")
    {
        ArgumentNullException.ThrowIfNull(check);
        ArgumentNullException.ThrowIfNull(columns);
        var order = new List<string>();
        foreach (var word in Split(string.IsNullOrWhiteSpace(Sort) ? otherwise : Sort))
        {
            var descending = word.StartsWith('-');
            if (columns.TryGetValue(descending ? word[1..] : word, out var column))
            {
                order.AddRange(column.Split(", ").Select(c => descending ? $"{c} DESC" : c));
            }
            else
            {
                check.That("sort", false, $"does not go by {word}; it goes by {string.Join(", ", columns.Keys)}");
            }
        }

        return string.Join(", ", order.Append(tie));
    }

    static string[] Split(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>Reads filters that take several words.</summary>
public static class Filters
{
    /// <summary>The words of <paramref name="text"/> (<c>status=assigned,in_progress</c>), each one of <typeparamref name="T"/>'s; null without a filter.</summary>
    public static string[]? Words<T>(Checks check, string name, string? text)
        where T : struct, Enum
    {
        ArgumentNullException.ThrowIfNull(check);
        var words = text?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var known = Enum.GetNames<T>().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName).ToArray();
        check.That(name, words is null || words.All(w => known.Contains(w)), $"takes {string.Join(", ", known)}, separated by commas");
        return words is { Length: 0 } ? null : words;
    }

    /// <summary>The characters that divide words beside white space; <c>translate(text, '@.-_/+', '      ')</c> in an index does the same.</summary>
    const string Dividers = "@.-_/+ \t\r\n";

    /// <summary>A query for <c>to_tsquery</c> that finds each word of <paramref name="text"/> as the beginning of a word; null without words.</summary>
    public static string? Prefixes(string? text) => Query(text, "*", "*");

    /// <summary>A query for <c>to_tsquery</c> that finds all words of <paramref name="text"/>; null without words.</summary>
    /// <param name="each">What may follow a word after a colon (PostgreSQL manual, 8.11.2): <c>*</c> for its beginning, <c>A</c> to <c>D</c> for weights.</param>
    /// <param name="last">The same for the last word, which may still be being typed.</param>
    public static string? Query(string? text, string each, string last)
    {
        var words = (text ?? "").Split(Dividers.ToCharArray(), StringSplitOptions.RemoveEmptyEntries);

        // Quoted, so that nothing in a word is read as an operator.
        return words.Length == 0 ? null : string.Join(
            " & ", words.Select((w, i) => $"'{w.Replace("\\", "\\\\").Replace("'", "''")}'{Suffix(i == words.Length - 1 ? last : each)}"));
    }

    static string Suffix(string marks) => marks.Length == 0 ? "" : $":{marks}";
}
