using System.Globalization;
using Hdms.Contracts;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Http;

namespace Hdms.Kit.Http;

/// <summary>Which part of a list is asked for: <c>?page=1&amp;limit=20</c>. A handler takes it as a parameter.</summary>
public sealed record PageRequest(int Page, int Limit)
{
    const int Most = 100;

    /// <summary>Past it, pages are not counted off: the database would read all that comes before.</summary>
    const int Deepest = 10_000;

    public int Offset => (Page - 1) * Limit;

    public Paged<T> Of<T>(IReadOnlyList<T> rows, long total) => new(rows, new Pagination(Page, Limit, total, (total + Limit - 1) / Limit));

    public static ValueTask<PageRequest?> BindAsync(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        var check = new Checks();
        var page = Number(http, check, "page", 1, Deepest);
        var limit = Number(http, check, "limit", 20, Most);
        check.That("page", (long)page * limit <= Deepest || page == 1, $"goes past the first {Deepest} rows; narrow the list");
        check.Done();
        return ValueTask.FromResult<PageRequest?>(new PageRequest(page, limit));
    }

    static int Number(HttpContext http, Checks check, string name, int otherwise, int most)
    {
        var text = http.Request.Query[name].ToString();
        var number = otherwise;
        check.That(
            name,
            text.Length == 0 || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= 1 && number <= most),
            $"must be a whole number from 1 to {most}");
        return number < 1 ? otherwise : number;
    }
}
