using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using Hdms.Contracts;
using Hdms.Kit.Hosting;
using Hdms.Kit.Problems;
using Hdms.Users.Import;
using static Hdms.Kit.Problems.Codes;

namespace Hdms.Users.Tests.Problems;

/// <summary>The problems that OpenAPI documents for routes by themselves, caused at each that it documents them for.</summary>
public sealed class AutomaticProblemTests(World world) : IClassFixture<World>
{
    static readonly ProblemCode[] Caused =
        [Unauthenticated, RateLimited, Malformed, UnsupportedMediaType, BodyTooLarge, ValidationFailed, IdempotencyMismatch, IdempotencyInFlight];

    internal static IEnumerable<string> Codes => Caused.Select(c => c.Name);

    [Fact]
    public Task Without_a_token_nothing_is_answered_but_what_is_open_to_all() =>
        EachAsync(Unauthenticated, o => o.NeedsToken, o => Send(world.Api.Http, o, Body(o)));

    [Fact]
    public Task A_body_that_is_no_JSON_or_an_address_that_is_no_text_is_malformed() => EachAsync(Malformed, _ => true, o => o switch
    {
        { IsJson: true } => Send(world.Admin, o, Content("{\"open", "application/json")),
        { BodyTypes.Count: > 0 } => Send(world.Admin, o, Bytes([0xC3, 0x28], o.BodyTypes[0])),
        _ => Send(world.Admin, o, null, "?q=%00"),
    });

    [Fact]
    public Task A_parameter_that_is_not_known_is_malformed() =>
        EachAsync(Malformed, o => o.BodyTypes.Count == 0 && o.Path.StartsWith(Acts.Api, StringComparison.Ordinal), o => Send(Allowed(o), o, Body(o), "?colour=red"));

    [Fact]
    public Task A_body_of_another_type_is_not_read() =>
        EachAsync(UnsupportedMediaType, o => o.BodyTypes.Count > 0, o => Send(world.Admin, o, Content("<a/>", "application/xml")));

    [Fact]
    public Task A_body_that_is_too_large_is_not_read() => EachAsync(BodyTooLarge, o => o.BodyTypes.Count > 0, o =>
        Send(world.Admin, o, Bytes(new byte[(o.IsJson ? ServiceHost.LargestBody : ImportFile.MostBytes) + 1], o.BodyTypes[0])));

    [Fact]
    public Task A_member_or_a_column_that_is_not_known_is_wrong() => EachAsync(ValidationFailed, o => o.BodyTypes.Count > 0, o =>
        Send(world.Admin, o, o.IsJson ? Content("{\"colour\":\"red\"}", "application/json") : Content("colour\nred\n", o.BodyTypes[0])));

    [Fact]
    public async Task A_key_of_another_request_is_refused()
    {
        var routes = await RoutesAsync(IdempotencyMismatch);
        await KeysInUse.AnswerAsync(world, routes.Select(o => (o.Method, Path(o))));

        await EachAsync(IdempotencyMismatch, _ => true, o => Send(world.Admin, o, Body(o), key: KeysInUse.AnsweredKey));
    }

    [Fact]
    public async Task A_key_of_a_request_that_is_still_at_work_is_refused_after_waiting()
    {
        var routes = await RoutesAsync(IdempotencyInFlight);
        await using var work = await KeysInUse.HoldAsync(world, routes.Select(o => (o.Method, Path(o))));

        // At once, since each waits for five seconds; but no more than the service has connections for.
        foreach (var some in routes.Chunk(10))
            await Task.WhenAll(some.Select(o => ShouldBeAsync(o, IdempotencyInFlight, Send(world.Admin, o, Body(o), key: KeysInUse.Key))));
    }

    [Fact]
    public async Task Past_its_limit_every_route_says_so()
    {
        await using var limited = await UsersApi.StartAsync(("rate_limit_sign_in", "1"), ("rate_limit_requester", "1"), ("rate_limit_admin", "1"));
        using var admin = await limited.AsAsync(Role.Admin);

        // What each may do in a minute.
        using var first = await admin.GetAsync($"{Acts.Api}/users/me");
        using var second = await limited.Http.GetAsync("/healthz");

        foreach (var operation in (await world.Api.DocumentedAsync()).Values)
        {
            operation.Codes.ShouldContain(RateLimited.Name, operation.Id);
            using var answer = await Send(operation.NeedsToken ? admin : limited.Http, operation, Body(operation));
            await ShouldBeAsync(operation, RateLimited, Task.FromResult(answer));
            answer.Headers.RetryAfter!.Delta.ShouldNotBeNull(operation.Id);
        }
    }

    async Task<IReadOnlyList<OperationAnswers>> RoutesAsync(ProblemCode code)
    {
        var routes = (await world.Api.DocumentedAsync()).Values.Where(o => o.Codes.Contains(code.Name)).ToArray();
        routes.ShouldNotBeEmpty();
        return routes;
    }

    /// <summary>At each operation that is one of <paramref name="which"/>, which all document the code.</summary>
    async Task EachAsync(ProblemCode code, Func<OperationAnswers, bool> which, Func<OperationAnswers, Task<HttpResponseMessage>> send)
    {
        foreach (var operation in (await RoutesAsync(code)).Where(which))
            await ShouldBeAsync(operation, code, send(operation));
    }

    static async Task ShouldBeAsync(OperationAnswers operation, ProblemCode code, Task<HttpResponseMessage> sent)
    {
        using var answer = await sent;
        var text = await answer.Content.ReadAsStringAsync();
        text.ShouldContain($"\"code\":\"{code.Name}\"", Case.Sensitive, $"{operation.Method} {operation.Path} answered {(int)answer.StatusCode}");
        ((int)answer.StatusCode).ShouldBe(code.Status);
    }

    static async Task<HttpResponseMessage> Send(HttpClient client, OperationAnswers operation, HttpContent? body, string query = "", string? key = null)
    {
        using var request = new HttpRequestMessage(operation.Method, Path(operation) + query) { Content = body };
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);

        // So that a refusal of the body is heard before the body is sent.
        request.Headers.ExpectContinue = body?.Headers.ContentLength > 1000;
        return await client.SendAsync(request);
    }

    /// <summary>The feed is for services; a person is refused by its policy before anything else is looked at.</summary>
    HttpClient Allowed(OperationAnswers operation) => operation.Id.StartsWith("Feed_", StringComparison.Ordinal) ? world.Api.AsService() : world.Admin;

    static string Path(OperationAnswers operation) => Regex.Replace(operation.Path, "{[^}]*}", Guid.Empty.ToString(), RegexOptions.None, TimeSpan.FromSeconds(1));

    /// <summary>What gets past the checks of the body.</summary>
    static HttpContent? Body(OperationAnswers operation) => operation switch
    {
        { Id: "RegisterUser" } => Content("""{"employee_code":"IN-USE","first_name":"Ada"}""", "application/json"),
        { Id: "OpenDepartment" } => Content("""{"name":"In use","code":"INUSE"}""", "application/json"),
        { Id: "DenyAccess" } => Content("""{"reason":"not yet"}""", "application/json"),
        { Id: "ImportUsers" } => Content("employee_code\nIN-USE\n", "text/csv"),
        { IsJson: true } => Content("{}", "application/json"),
        _ => null,
    };

    static HttpContent Content(string text, string type) => Bytes(Encoding.UTF8.GetBytes(text), type);

    static ByteArrayContent Bytes(byte[] bytes, string type) => new(bytes) { Headers = { ContentType = new MediaTypeHeaderValue(type) } };
}
