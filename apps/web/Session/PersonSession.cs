using System.Text;
using System.Text.Json;
using Hdms.Contracts;
using Microsoft.AspNetCore.Http;

namespace Hdms.Web.Session;

/// <summary>
/// Who is signed in, as the browser's cookies say. Scripts can't read them, and other sites can't have them sent. What a person may do
/// is never decided by them, only by the services, which look at the token.
/// </summary>
sealed class PersonSession(IHttpContextAccessor current, TimeProvider clock)
{
    public const string PositionHeader = "X-HDMS-Position";
    const string Access = "hdms_access";
    const string Refresh = "hdms_refresh";
    const string Who = "hdms_who";
    const string Written = "hdms_wrote";

    /// <summary>A token that ends while it is on its way is of no use.</summary>
    static readonly TimeSpan Spare = TimeSpan.FromSeconds(30);

    /// <summary>Long enough for every reader to have caught up, or to be known as late.</summary>
    static readonly TimeSpan PositionLasts = TimeSpan.FromSeconds(20);

    /// <summary>Null for nobody.</summary>
    public Person? Me { get; private set; }

    public string? Token { get; private set; }

    public string? RefreshToken { get; private set; }

    /// <summary>Up to where this browser has written, so that it reads what it wrote.</summary>
    public string? Position { get; private set; }

    public DateTimeOffset TokenEnds { get; private set; }

    /// <summary>Whether there is a session whose access token has to be exchanged first.</summary>
    public bool IsStale => RefreshToken is not null && (Token is null || TokenEnds - Spare < clock.GetUtcNow());

    HttpContext Http => current.HttpContext!;

    public void Read()
    {
        var cookies = Http.Request.Cookies;
        Token = cookies[Access];
        RefreshToken = cookies[Refresh];
        Position = cookies[Written];
        TokenEnds = Token is null ? DateTimeOffset.MinValue : EndOf(Token);
        Me = Token is null ? null : Person.Of(cookies[Who]);
    }

    public void Begin(SignedIn signedIn)
    {
        var me = Person.Of(signedIn.User);
        (Token, RefreshToken, Me, TokenEnds) = (signedIn.AccessToken, signedIn.RefreshToken, me, clock.GetUtcNow().AddSeconds(signedIn.ExpiresIn));
        Set(Access, signedIn.AccessToken, signedIn.RefreshExpiresAt);
        Set(Refresh, signedIn.RefreshToken, signedIn.RefreshExpiresAt);
        Set(Who, me.Text(), signedIn.RefreshExpiresAt);
    }

    public void End()
    {
        (Token, RefreshToken, Me, Position) = (null, null, null, null);
        foreach (var name in new[] { Access, Refresh, Who, Written })
            Http.Response.Cookies.Delete(name, Options(null));
    }

    /// <summary>Keeps the position that a write gave.</summary>
    public void Wrote(HttpMethod method, HttpResponseMessage response)
    {
        if (method == HttpMethod.Get || !response.Headers.TryGetValues(PositionHeader, out var given))
            return;
        var all = Parts(Position);
        foreach (var (service, at) in Parts(string.Join(',', given)))
            all[service] = at;
        Position = string.Join(", ", all.Select(p => $"{p.Key}={p.Value}"));
        if (!Http.Response.HasStarted)
            Set(Written, Position, clock.GetUtcNow() + PositionLasts);
    }

    static Dictionary<string, string> Parts(string? positions)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in (positions ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (part.Split('=') is [var service, var at])
                all[service] = at;
        }

        return all;
    }

    void Set(string name, string value, DateTimeOffset? until) => Http.Response.Cookies.Append(name, value, Options(until));

    CookieOptions Options(DateTimeOffset? until) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        Secure = Http.Request.IsHttps,
        Path = "/",
        Expires = until,
    };

    /// <summary>Only to know when to ask for the next one; whether it is good is for the services to say.</summary>
    static DateTimeOffset EndOf(string token)
    {
        try
        {
            var payload = token.Split('.')[1].Replace('-', '+').Replace('_', '/');
            using var claims = JsonDocument.Parse(Convert.FromBase64String(payload.PadRight((payload.Length + 3) / 4 * 4, '=')));
            return DateTimeOffset.FromUnixTimeSeconds(claims.RootElement.GetProperty("exp").GetInt64());
        }
        catch (Exception e) when (e is FormatException or JsonException or IndexOutOfRangeException or KeyNotFoundException or InvalidOperationException)
        {
            return DateTimeOffset.MinValue;
        }
    }
}

/// <summary>The person who is signed in, as pages show them.</summary>
sealed record Person(Guid Id, string FirstName, string LastName, Role Role, bool IsCeo, bool IsApprover, bool IsAnalyst, Guid? DepartmentId)
{
    public string Name => $"{FirstName} {LastName}".Trim();

    public bool IsModerator => Role == Role.Moderator;

    public bool IsHead => Role == Role.Assignee;

    public bool IsAdmin => Role == Role.Admin;

    public bool Approves => IsCeo || IsApprover;

    /// <summary>Sees everybody's work.</summary>
    public bool SeesAll => IsModerator || IsAdmin;

    public static Person Of(SignedInUser user) => new(
        user.Id, user.FirstName, user.LastName, Enum.TryParse<Role>(user.Role, ignoreCase: true, out var role) ? role : Role.Requester,
        user.IsCeo, user.IsApprover, user.IsAnalyst, user.DepartmentId);

    public static Person? Of(string? text)
    {
        try
        {
            return text is null ? null : JsonSerializer.Deserialize<Person>(Encoding.UTF8.GetString(Convert.FromBase64String(text)), Json.Tolerant);
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return null;
        }
    }

    public string Text() => Convert.ToBase64String(JsonSerializer.SerializeToUtf8Bytes(this, Json.Tolerant));
}
