using Microsoft.AspNetCore.Http;

namespace Hdms.Kit.Problems;

/// <summary>Refuses addresses that no database can hold, before anything looks at them: NUL, or bytes that are not UTF-8.</summary>
sealed class PlainRequests(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext http)
    {
        if (IsBad(http.Request.Path.Value) || (http.Request.QueryString.HasValue && http.Request.Query.Any(q => IsBad(q.Key) || q.Value.Any(IsBad))))
        {
            throw new Refusal(Codes.Malformed, "The address has a character in it that is not text.");
        }

        return next(http);
    }

    static bool IsBad(string? text) => text is not null && text.AsSpan().IndexOfAny('\0', '\uFFFD') >= 0;
}
