using Hdms.Web.Api;
using Hdms.Web.Session;
using Hdms.Web.Shell;
using Microsoft.AspNetCore.Http;

namespace Hdms.Web.Forms;

/// <summary>A button that does one thing: it comes back to where it was pressed, and says how it went.</summary>
static class Press
{
    /// <param name="said">What is said when it has been done; null for nothing.</param>
    public static async Task<IResult> DoAsync(HttpContext http, ApiClient api, HttpMethod method, string path, object? body, string? said, CancellationToken ct)
    {
        var form = http.Request.HasFormContentType ? await Filled.ReadAsync(http, ct) : Filled.Empty;
        var answer = await api.SendAsync<Nothing>(method, path, body, ct, form.Key, form.IfMatch);
        return answer.Problem is { } problem
            ? Say(http, problem.Errors.Values.SelectMany(e => e).FirstOrDefault() is { } error ? $"{problem.Detail} {error}" : problem.Detail, "danger")
            : Say(http, said);
    }

    public static IResult Say(HttpContext http, string? text, string kind = "success")
    {
        if (text is not null)
            Flash.Say(http, text, kind);
        var back = http.Request.HasFormContentType ? http.Request.Form["return"].ToString() : "";
        return Pages.GoTo(http, back.Length > 0 ? SignInRoutes.Local(back) : Pages.PathOfReferer(http.Request));
    }
}
