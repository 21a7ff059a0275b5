using Hdms.Contracts;
using Hdms.Web.Api;
using Microsoft.AspNetCore.Http;

namespace Hdms.Web.Session;

/// <summary>Knows the person at each request, and exchanges a token that has come to its end, so that a session lasts while it is used.</summary>
sealed class SessionKeeper(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext http, PersonSession session, ApiClient api)
    {
        session.Read();
        if (session.IsStale)
            await ExchangeAsync(session, api, http.RequestAborted);
        await next(http);
    }

    static async Task ExchangeAsync(PersonSession session, ApiClient api, CancellationToken ct)
    {
        var answer = await api.SendAsync<SignedIn>(HttpMethod.Post, "/auth/refresh", new RefreshRequest(session.RefreshToken!), ct);
        if (answer.Value is { } signedIn)
            session.Begin(signedIn);
        else if (answer.Problem is { Status: 400 or 401 or 403 or 422 })
            session.End();
    }
}
