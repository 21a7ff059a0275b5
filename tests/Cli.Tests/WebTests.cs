using Hdms.Contracts;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Hdms.Web;

namespace Hdms.Cli.Tests;

[Collection(OneHdms.Name)]
public sealed class WebTests(RunningHdms hdms)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    HttpClient Http => hdms.Program.Http;

    [Theory]
    [InlineData("/", "text/html")]
    [InlineData("/docs", "text/html")]
    [InlineData("/docs.js", "text/javascript")]
    [InlineData("/site.css", "text/css")]
    [InlineData("/favicon.svg", "image/svg+xml")]
    [InlineData("/openapi/v1.json", "application/json")]
    public async Task Everything_a_browser_gets_is_typed_and_confined_to_our_own(string path, string type)
    {
        using var answer = await Http.GetAsync(path, Ct);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe(type);
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        policy.ShouldContain("default-src 'none'");
        policy.ShouldContain("frame-ancestors 'none'");
        policy.ShouldNotContain("unsafe");
        answer.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
    }

    [Fact]
    public async Task Pages_load_nothing_from_elsewhere_and_have_no_script_or_style_in_them()
    {
        foreach (var path in new[] { "/", "/docs" })
        {
            var html = await Http.GetStringAsync(path, Ct);
            html.ShouldNotContain("http://");
            html.ShouldNotContain("https://");
            html.ShouldNotContain("<style");
            html.ShouldNotContain("style=");
            foreach (var part in html.Split("<script")[1..])
                part.ShouldStartWith(" src=\"/");
        }
    }

    [Fact]
    public async Task What_the_pages_refer_to_is_there_and_a_librarys_files_may_be_kept_for_ever()
    {
        var html = await Http.GetStringAsync("/docs", Ct);
        var files = html.Split('"').Where(t => t.StartsWith("/lib/", StringComparison.Ordinal)).ToList();

        files.Count.ShouldBe(2);
        foreach (var file in files)
        {
            using var answer = await Http.GetAsync(file, Ct);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK, file);
            answer.Headers.CacheControl!.ToString().ShouldContain("immutable");
        }
    }

    [Fact]
    public async Task The_document_is_that_of_all_services_and_is_sent_once()
    {
        using var first = await Http.GetAsync("/openapi/v1.json", Ct);
        var document = JsonNode.Parse(await first.Content.ReadAsStringAsync(Ct))!;
        document["info"]!["title"]!.ToString().ShouldBe("HDMS");
        document["paths"]!["/api/v1/auth/sign-in"]!["post"].ShouldNotBeNull();
        var own = new List<string>();
        foreach (var service in Services.All)
            own.AddRange(JsonNode.Parse(await Http.GetStringAsync($"/openapi/{service.Name}.json", Ct))!["paths"]!.AsObject().Select(p => p.Key));
        document["paths"]!.AsObject().Select(p => p.Key).ShouldBe(own.Distinct(), ignoreOrder: true);

        using var again = new HttpRequestMessage(HttpMethod.Get, "/openapi/v1.json");
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using var second = await Http.SendAsync(again, Ct);
        second.StatusCode.ShouldBe(HttpStatusCode.NotModified);
    }

    [Fact]
    public async Task What_is_not_there_is_a_page_for_people_and_a_problem_for_programs()
    {
        foreach (var (path, accept, type) in new[]
        {
            ("/nowhere", "text/html,*/*", "text/html"), ("/nowhere", "application/json", "application/problem+json"), ("/api/v1/nowhere", "text/html", "application/problem+json"),
        })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Accept.ParseAdd(accept);
            using var answer = await Http.SendAsync(request, Ct);
            answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
            answer.Content.Headers.ContentType.ShouldBe(new MediaTypeHeaderValue(type) { CharSet = type == "text/html" ? "utf-8" : null }, path);
        }
    }

    [Fact]
    public void Schemas_of_one_name_that_mean_different_things_are_kept_apart_with_all_that_refers_to_them()
    {
        static JsonObject Document(string path, string type) => JsonNode.Parse(
            $$$"""
            {"openapi": "3.1.1", "paths": {"{{{path}}}": {"get": {"schema": {"$ref": "#/components/schemas/Page"} } } },
             "components": {"schemas": {"Page": {"items": {"$ref": "#/components/schemas/View"} }, "View": {"type": "{{{type}}}"}, "Same": {"type": "string"} } } }
            """)!.AsObject();

        var merged = ApiDocument.Merge([("users", Document("/a", "string")), ("tickets", Document("/b", "integer"))]);

        var schemas = merged["components"]!["schemas"]!.AsObject();
        schemas.Select(s => s.Key).ShouldBe(["Page", "View", "Same", "TicketsPage", "TicketsView"], ignoreOrder: true);
        merged["paths"]!["/b"]!["get"]!["schema"]!["$ref"]!.ToString().ShouldBe("#/components/schemas/TicketsPage");
        schemas["TicketsPage"]!["items"]!["$ref"]!.ToString().ShouldBe("#/components/schemas/TicketsView");
        schemas["Page"]!["items"]!["$ref"]!.ToString().ShouldBe("#/components/schemas/View");
    }
}
