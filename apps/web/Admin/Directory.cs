using Hdms.Contracts;
using Hdms.Web.Api;

namespace Hdms.Web.Admin;

/// <summary>What several of the admin's pages look up.</summary>
static class Directory
{
    /// <summary>By name; empty where the service does not answer. There are no more than some dozens.</summary>
    public static async Task<IReadOnlyList<DepartmentView>> DepartmentsAsync(ApiClient api, CancellationToken ct) =>
        (await api.TryAsync<Paged<DepartmentView>>("/departments?limit=100&sort=name", ct))?.Data ?? [];

    /// <summary>The one whom somebody typed the code or the name of, else why there is none.</summary>
    public static async Task<(UserView? Person, string? Why)> PersonAsync(ApiClient api, string who, CancellationToken ct)
    {
        var words = who.Split('·')[0].Trim();
        if (words.Length == 0)
            return (null, "Give a name or an employee code.");
        var found = (await api.GetAsync<Paged<UserView>>($"/users?is_active=true&limit=5&q={Uri.EscapeDataString(words)}", ct)).Data;
        if (found.FirstOrDefault(p => string.Equals(p.EmployeeCode, words, StringComparison.OrdinalIgnoreCase)) is { } exact)
            return (exact, null);
        return found switch
        {
            [var one] => (one, null),
            [] => (null, $"Nobody active is called '{words}'."),
            _ => (null, $"'{words}' could be {string.Join(", ", found.Select(p => $"{AdminWords.NameOf(p)} ({p.EmployeeCode})"))}. Give the employee code."),
        };
    }
}
