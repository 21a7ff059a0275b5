using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using Hdms.Users.Demo;
using Cookie = Microsoft.Playwright.Cookie;

namespace Hdms.Web.Tests;

/// <summary>A running help desk, and those who come to it.</summary>
internal sealed class Site(Chromium chromium, Uri address) : IDisposable
{
    readonly ConcurrentDictionary<string, Lazy<Task<Session>>> _sessions = new(StringComparer.Ordinal);

    public Uri Address => address;

    /// <summary>A browser of its own in which nobody is signed in.</summary>
    public async Task<Visitor> NobodyAsync(Action<BrowserNewContextOptions>? with = null)
    {
        var options = new BrowserNewContextOptions { BaseURL = address.ToString(), ViewportSize = new() { Width = 1400, Height = 900 }, Locale = "en-GB" };
        with?.Invoke(options);
        return await Visitor.OpenAsync(await chromium.ContextAsync(options));
    }

    /// <summary>A browser of its own in which somebody is signed in.</summary>
    public async Task<Visitor> SignedInAsync(string person, Action<BrowserNewContextOptions>? with = null)
    {
        var session = await SessionOf(person);
        var visitor = await NobodyAsync(with);
        await visitor.Page.Context.AddCookiesAsync(session.Cookies);
        return visitor;
    }

    /// <summary>The API, as a person. Not to be disposed of.</summary>
    public async Task<HttpClient> ApiAsync(string person) => (await SessionOf(person)).Api;

    public void Dispose()
    {
        foreach (var session in _sessions.Values.Where(s => s is { IsValueCreated: true, Value.IsCompletedSuccessfully: true }))
            session.Value.Result.Api.Dispose();
    }

    // Once for all tests: to verify a password takes long, on purpose.
    Task<Session> SessionOf(string person) => _sessions.GetOrAdd(person, p => new Lazy<Task<Session>>(() => SignInAsync(p))).Value;

    async Task<Session> SignInAsync(string person)
    {
        var cookies = new CookieContainer();
        using var handler = new HttpClientHandler { CookieContainer = cookies, AllowAutoRedirect = false };
        using var http = new HttpClient(handler);
        using var form = new FormUrlEncodedContent([new("employee_code", person), new("password", DemoOrganisation.Password)]);
        using var answer = await http.PostAsync(new Uri(address, "/sign-in"), form);
        answer.StatusCode.ShouldBe(HttpStatusCode.Redirect, person);
        var all = cookies.GetCookies(address).ToList();
        var api = new HttpClient { BaseAddress = address };
        api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", all.Single(c => c.Name == "hdms_access").Value);
        return new Session([.. all.Select(c => new Cookie { Name = c.Name, Value = c.Value, Url = address.ToString(), HttpOnly = true, SameSite = SameSiteAttribute.Lax })], api);
    }

    sealed record Session(Cookie[] Cookies, HttpClient Api);
}
