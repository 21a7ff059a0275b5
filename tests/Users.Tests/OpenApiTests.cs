using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Users.Tests;

public sealed class OpenApiTests(UsersApi api) : IClassFixture<UsersApi>
{
    [Fact]
    public async Task Every_route_is_in_the_document_with_a_name_a_tag_and_a_summary()
    {
        var document = await (await api.Http.GetAsync("/openapi/users.json")).ReadAsync<JsonElement>();
        var documented = document.GetProperty("paths").EnumerateObject()
            .SelectMany(p => p.Value.EnumerateObject().Select(o => (Route: $"{o.Name.ToUpperInvariant()} {p.Name}", Operation: o.Value)))
            .ToDictionary(o => o.Route, o => o.Operation);

        documented.ShouldContainKey("POST /api/v1/auth/sign-in");
        foreach (var route in Routes())
        {
            documented.ShouldContainKey(route);
            documented[route].TryGetProperty("operationId", out _).ShouldBeTrue(route);
            documented[route].GetProperty("summary").GetString().ShouldNotBeNullOrEmpty(route);
            documented[route].GetProperty("tags").GetArrayLength().ShouldBe(1, route);
            documented[route].GetProperty("responses").EnumerateObject().ShouldContain(r => r.Name.StartsWith('2'), route);
        }
    }

    IEnumerable<string> Routes() =>
        from endpoint in api.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        where endpoint.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is null
        let path = System.Text.RegularExpressions.Regex.Replace($"/{endpoint.RoutePattern.RawText!.Trim('/')}", ":[a-z]+}", "}", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1))
        from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []
        select $"{method} {path}";
}
