using System.Text;
using Microsoft.AspNetCore.Http;

namespace Hdms.Web.Shell;

/// <summary>A line said once, on the page that follows what was done.</summary>
/// <param name="Kind"><c>success</c>, <c>warning</c> or <c>danger</c>.</param>
sealed record Flash(string Kind, string Text)
{
    const string Cookie = "hdms_flash";

    public static void Say(HttpContext http, string text, string kind = "success") => http.Response.Cookies.Append(
        Cookie, $"{kind}|{Convert.ToBase64String(Encoding.UTF8.GetBytes(text))}",
        new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = http.Request.IsHttps, MaxAge = TimeSpan.FromMinutes(1), Path = "/" });

    /// <summary>What was said, once; null for nothing.</summary>
    public static Flash? Take(HttpContext http)
    {
        if (http.Items[Cookie] is Flash taken)
            return taken;
        if (http.Request.Cookies[Cookie]?.Split('|') is not [("success" or "warning" or "danger") and var kind, var text] || http.Response.HasStarted)
            return null;
        http.Response.Cookies.Delete(Cookie);
        try
        {
            var flash = new Flash(kind, Encoding.UTF8.GetString(Convert.FromBase64String(text)));
            http.Items[Cookie] = flash;
            return flash;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
