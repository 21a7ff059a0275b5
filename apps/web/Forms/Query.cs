using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;

namespace Hdms.Web.Forms;

/// <summary>The query of an address, made of what is set.</summary>
static class Query
{
    /// <returns>Empty, or with its question mark.</returns>
    public static string Of(params IEnumerable<(string Name, string? Value)> members)
    {
        var query = new QueryBuilder();
        foreach (var (name, value) in members.Where(m => !string.IsNullOrWhiteSpace(m.Value)))
            query.Add(name, value!);
        return query.ToQueryString().Value ?? "";
    }

    /// <summary>Those of <paramref name="names"/> that the address has.</summary>
    public static Filled Read(IQueryCollection query, params IEnumerable<string> names) =>
        new(names.Select(n => (n, Value: query[n].ToString().Trim())).Where(v => v.Value.Length > 0).ToDictionary(v => v.n, v => v.Value, StringComparer.Ordinal));

    /// <summary>Which page is asked for; the first, where nothing sensible is.</summary>
    public static int Page(IQueryCollection query) => int.TryParse(query["page"], out var number) && number > 0 ? number : 1;

    public static string Of(Filled filter, params IEnumerable<(string Name, string? Value)> more) => Of(filter.Values.Select(v => (v.Key, (string?)v.Value)).Concat(more));
}
