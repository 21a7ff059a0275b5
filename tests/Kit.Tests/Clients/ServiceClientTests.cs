using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using Hdms.Contracts;
using Hdms.Kit.Auth;
using Hdms.Kit.Clients;
using Hdms.Kit.Hosting;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hdms.Kit.Tests.Clients;

public sealed class ServiceClientTests : IAsyncLifetime
{
    static readonly CallTimes Quick = new()
    {
        PerTry = TimeSpan.FromMilliseconds(500),
        Waits = [TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(20)],
        LongestWait = TimeSpan.FromSeconds(1),
        Break = TimeSpan.FromMilliseconds(600),
    };

    readonly ConcurrentQueue<(string Method, string Path, IHeaderDictionary Headers, long At)> _calls = new();
    readonly OtherService _other;
    readonly ServiceProvider _container;
    Func<HttpContext, int, Task> _answer = (http, _) => http.Response.WriteAsJsonAsync(new Thing("there"));

    public ServiceClientTests()
    {
        _other = new OtherService(async http =>
        {
            var headers = new HeaderDictionary(http.Request.Headers.ToDictionary(h => h.Key, h => h.Value));
            _calls.Enqueue((http.Request.Method, http.Request.Path, headers, Stopwatch.GetTimestamp()));
            await _answer(http, _calls.Count);
        });
        _container = new ServiceCollection()
            .AddSingleton(TimeProvider.System)
            .AddSingleton(new ServiceTokens("sample", RandomNumberGenerator.GetBytes(32), TimeProvider.System))
            .AddSingleton(Quick)
            .AddServiceClient<ThingsClient>(_other.Service, _other.Settings)
            .BuildServiceProvider();
    }

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    ThingsClient Client => _container.GetRequiredService<ThingsClient>();

    public async ValueTask InitializeAsync() => await _other.StartAsync();

    [Fact]
    public async Task A_call_carries_the_services_token_the_trace_and_the_position_that_the_caller_gave()
    {
        using var request = new Activity("request").Start();
        var http = new DefaultHttpContext();
        http.Request.Headers["X-HDMS-Position"] = "other=1.57";
        _container.GetRequiredService<IHttpContextAccessor>().HttpContext = http;

        (await Client.GetAsync(Ct)).Name.ShouldBe("there");

        var headers = _calls.Single().Headers;
        headers.Authorization.ToString().ShouldBe($"Bearer {_container.GetRequiredService<ServiceTokens>().Current()}");
        headers.TraceParent.ToString().ShouldContain(request.TraceId.ToHexString());
        headers["X-HDMS-Position"].ToString().ShouldBe("other=1.57");
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(408)]
    [InlineData(429)]
    public async Task A_read_that_fails_for_now_is_tried_again(int status)
    {
        _answer = FailTimes(2, status);

        (await Client.GetAsync(Ct)).Name.ShouldBe("there");

        _calls.Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_read_is_tried_four_times_and_no_more()
    {
        _answer = FailTimes(int.MaxValue, 500);

        var e = await Should.ThrowAsync<ServiceCallException>(() => Client.GetAsync(Ct));

        _calls.Count.ShouldBe(4);
        (e.Status, e.IsAway, e.Service).ShouldBe((500, true, "other"));
    }

    [Fact]
    public async Task The_waits_are_those_of_the_domain()
    {
        var times = new CallTimes();

        times.PerTry.ShouldBe(TimeSpan.FromSeconds(5));
        times.Waits.ShouldBe([TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)]);
        _answer = FailTimes(1, 503, retryAfter: "1");
        await Client.GetAsync(Ct);

        var calls = _calls.ToArray();
        Stopwatch.GetElapsedTime(calls[0].At, calls[1].At).ShouldBeGreaterThan(TimeSpan.FromSeconds(0.95), "Retry-After is honoured");
    }

    [Fact]
    public async Task When_the_other_side_asks_to_wait_long_the_caller_is_told_instead_of_kept_waiting()
    {
        _answer = FailTimes(1, 429, retryAfter: "30");

        var e = await Should.ThrowAsync<ServiceCallException>(() => Client.GetAsync(Ct));

        e.RetryAfter.ShouldBe(TimeSpan.FromSeconds(30));
        _calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_change_is_sent_once_when_it_has_no_idempotency_key()
    {
        _answer = FailTimes(1, 503);

        await Should.ThrowAsync<ServiceCallException>(() => Client.PlainPostAsync(Ct));

        _calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_change_with_an_idempotency_key_is_tried_again_under_the_same_key()
    {
        _answer = FailTimes(2, 503);

        await Client.ChangeAsync("key-1", Ct);

        _calls.Select(c => c.Headers["Idempotency-Key"].ToString()).ShouldBe(["key-1", "key-1", "key-1"]);
    }

    [Fact]
    public async Task A_question_that_is_a_post_is_tried_again_with_its_whole_body()
    {
        var bodies = new ConcurrentQueue<string>();
        _answer = async (http, count) =>
        {
            using var reader = new StreamReader(http.Request.Body);
            bodies.Enqueue(await reader.ReadToEndAsync());
            await FailTimes(1, 500)(http, count);
        };

        await Client.AskAsync(Ct);

        bodies.ShouldBe(["""{"ids":[1,2]}""", """{"ids":[1,2]}"""]);
    }

    [Fact]
    public async Task A_try_that_gets_no_answer_is_given_up_and_the_next_one_counts()
    {
        _answer = async (http, count) =>
        {
            if (count == 1)
            {
                await Task.Delay(Timeout.Infinite, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return;
            }

            await http.Response.WriteAsJsonAsync(new Thing("second"));
        };

        (await Client.GetAsync(Ct)).Name.ShouldBe("second");
    }

    [Fact]
    public async Task A_refusal_is_typed_and_not_tried_again()
    {
        _answer = async (http, _) =>
        {
            http.Response.StatusCode = 409;
            await http.Response.WriteAsJsonAsync(
                new { code = "department_in_use", detail = "There are tickets in it." }, options: null, contentType: "application/problem+json");
        };

        var e = await Should.ThrowAsync<ServiceCallException>(() => Client.GetAsync(Ct));

        (e.Status, e.Code, e.Message, e.IsAway).ShouldBe((409, "department_in_use", "There are tickets in it.", false));
        _calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_service_that_keeps_failing_is_left_alone_and_asked_again_later()
    {
        await _other.StopAsync();
        for (var i = 0; i < 2; i++)
        {
            await Should.ThrowAsync<ServiceCallException>(() => Client.GetAsync(Ct));
        }

        var started = Stopwatch.GetTimestamp();
        (await Should.ThrowAsync<ServiceCallException>(() => Client.GetAsync(Ct))).IsAway.ShouldBeTrue();
        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromMilliseconds(100));

        await _other.StartAsync();
        await Eventually.TrueAsync(async () =>
        {
            try
            {
                return (await Client.GetAsync(Ct)).Name == "there";
            }
            catch (ServiceCallException)
            {
                return false;
            }
        }, "the service is asked again");
    }

    [Fact]
    public async Task Where_somebody_else_can_answer_there_is_one_try()
    {
        _answer = FailTimes(int.MaxValue, 500);

        await Should.ThrowAsync<ServiceCallException>(() => Hurry.CallAsync(() => Client.GetAsync(Ct)));

        _calls.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(500, null)]
    [InlineData(403, null)]
    [InlineData(429, "7")]
    public async Task A_call_that_fails_makes_the_request_503_and_never_500(int status, string? retryAfter)
    {
        _answer = FailTimes(int.MaxValue, status, retryAfter);
        var http = new DefaultHttpContext();
        var body = new MemoryStream();
        http.Response.Body = body;

        await new ProblemWriter(async _ => await Client.GetAsync(Ct), NullLogger<ProblemWriter>.Instance).InvokeAsync(http);

        http.Response.StatusCode.ShouldBe(503);
        http.Response.Headers.RetryAfter.ToString().ShouldBe(retryAfter ?? "2");
        System.Text.Encoding.UTF8.GetString(body.ToArray()).ShouldContain("\"reference_unavailable\"");
    }

    [Fact]
    public void A_wrong_address_is_refused_before_anything_starts()
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection([new("other_url", "ftp://nowhere")]).Build();

        Should.Throw<SettingException>(() => new ServiceCollection().AddServiceClient<ThingsClient>(_other.Service, settings)).Name.ShouldBe("other_url");
    }

    static Func<HttpContext, int, Task> FailTimes(int times, int status, string? retryAfter = null) => async (http, count) =>
    {
        if (count > times)
        {
            await http.Response.WriteAsJsonAsync(new Thing("there"));
            return;
        }

        http.Response.StatusCode = status;
        http.Response.Headers.RetryAfter = retryAfter;
    };

    public async ValueTask DisposeAsync()
    {
        await _container.DisposeAsync();
        await _other.DisposeAsync();
    }

    sealed record Thing(string Name);

    sealed class ThingsClient(HttpClient http)
    {
        public Task<Thing> GetAsync(CancellationToken ct) => http.ReadAsync<Thing>("/things", ct);

        public Task<Thing> AskAsync(CancellationToken ct) => http.AskAsync<Thing>("/things/lookup", new { Ids = new[] { 1, 2 } }, ct);

        public Task<Thing> ChangeAsync(string key, CancellationToken ct) => http.ChangeAsync<Thing>("/things", new { Name = "new" }, key, ct);

        public async Task PlainPostAsync(CancellationToken ct)
        {
            using var response = await http.PostAsync("/things", null, ct);
        }
    }
}
