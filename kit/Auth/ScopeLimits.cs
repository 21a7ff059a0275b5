using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Kit.Auth;

/// <summary>Keeps service accounts to their scopes on routes that everybody who is signed in may use.</summary>
public static class ScopeLimits
{
    /// <summary>403 for a service account that has none of <paramref name="scopes"/>; people and services are not affected.</summary>
    public static RouteGroupBuilder LimitedToScopes(this RouteGroupBuilder routes, params string[] scopes) =>
        // A policy of a route's own takes the place of the default one, so it has to ask for a sign-in itself.
        routes.RequireAuthorization(policy => policy.RequireAuthenticatedUser().RequireAssertion(c =>
            !c.User.HasClaim(x => x.Type == Claims.ServiceAccount)
            || c.User.FindAll(Claims.Scope).SelectMany(x => x.Value.Split(' ')).Intersect(scopes, StringComparer.Ordinal).Any()));
}
