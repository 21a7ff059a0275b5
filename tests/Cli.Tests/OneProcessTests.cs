using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using Hdms.Cli.Cluster;
using Hdms.Cli.Hosting;
using Hdms.Kit.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hdms.Cli.Tests;

/// <summary>Two small applications behind one Kestrel: <c>things</c> has paths of its own, <c>web</c> has everything else.</summary>
public sealed class TwoAppsInOneProcess : IAsyncLifetime
{
    readonly OneProcess _process = new(address: null, FreePort.Find(), NullLoggerFactory.Instance);

    internal HttpClient Http { get; private set; } = null!;

    internal int Port => _process.Port;

    internal Seen Things { get; } = new();

    public async ValueTask InitializeAsync()
    {
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{Port}") };
        await _process.ListenAsync(CancellationToken.None);
        await _process.StartAsync(
            [new InnerApp("things", ["/api/v1/things", "/api/v1/tickets/*/things"], BuildThings()), new InnerApp("web", [], BuildWeb())],
            CancellationToken.None);
    }

    internal Task StopAsync() => _process.StopAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        Http.Dispose();
    }

    WebApplication BuildThings()
    {
        var app = Build("things", services => services.AddSingleton(Things).AddHostedService<Background>().AddScoped<Scoped>());
        app.MapGet("/api/v1/things/name", (IWebHostEnvironment environment) => environment.ApplicationName);
        app.MapGet("/api/v1/tickets/{id}/things", (string id) => id);
        app.MapGet("/api/v1/things/scope", (Scoped one, Scoped same) => ReferenceEquals(one, same) ? one.Id.ToString() : "different within one request");
        app.MapPost("/api/v1/things/length", async (HttpRequest request) =>
        {
            var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            return body.Length;
        });
        app.MapGet("/api/v1/things/stream", StreamAsync);
        app.MapGet("/api/v1/things/slow", async (Seen seen, IHostApplicationLifetime lifetime) =>
        {
            lifetime.ApplicationStopping.Register(seen.Stopping.SetResult);
            seen.Begun.SetResult();
            await seen.GoOn.Task;
            return "finished";
        });
        app.MapGet("/api/v1/things/wait", async (HttpContext http, Seen seen) =>
        {
            seen.Waiting.SetResult();
            await Task.Delay(Timeout.Infinite, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            seen.Aborted.SetResult();
        });
        return app;
    }

    static async Task StreamAsync(HttpContext http, Seen seen)
    {
        http.Response.ContentType = "text/event-stream";
        await http.Response.WriteAsync("data: first\n\n");
        await http.Response.Body.FlushAsync();
        await seen.GoOn.Task;
        await http.Response.WriteAsync("data: second\n\n");
    }

    static WebApplication BuildWeb()
    {
        var app = Build("web", _ => { });
        app.MapFallback((HttpContext http) =>
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return $"web does not know {http.Request.Path}";
        });
        return app;
    }

    static WebApplication Build(string name, Action<IServiceCollection> add)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = name });
        builder.Logging.ClearProviders();
        builder.ServeInProcess(new ConfigurationBuilder().AddInMemoryCollection([new(InProcess.Setting, "true")]).Build());
        add(builder.Services);
        return builder.Build();
    }

    internal sealed class Seen
    {
        public TaskCompletionSource GoOn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Stopping { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Waiting { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Aborted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<string> Background { get; } = [];

        public List<Guid> DisposedScopes { get; } = [];
    }

    sealed class Background(Seen seen) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            seen.Background.Add("started");
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken)
        {
            seen.Background.Add("stopped");
            return Task.CompletedTask;
        }
    }

    sealed class Scoped(Seen seen) : IDisposable
    {
        public Guid Id { get; } = Guid.NewGuid();

        public void Dispose()
        {
            lock (seen)
                seen.DisposedScopes.Add(Id);
        }
    }
}

public sealed class OneProcessTests(TwoAppsInOneProcess world) : IClassFixture<TwoAppsInOneProcess>
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_path_reaches_the_application_whose_it_is()
    {
        (await world.Http.GetStringAsync("/api/v1/things/name", Ct)).ShouldBe("things");
        (await world.Http.GetStringAsync("/api/v1/tickets/7/things", Ct)).ShouldBe("7");
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/api/v1/thingsandmore")]
    [InlineData("/api/v1/tickets/7")]
    [InlineData("/api/v1/tickets//things")]
    public async Task What_nobody_claims_is_the_web_apps(string path)
    {
        using var answer = await world.Http.GetAsync(path, Ct);

        answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await answer.Content.ReadAsStringAsync(Ct)).ShouldBe($"web does not know {path}");
    }

    [Fact]
    public async Task It_listens_on_both_loopback_addresses_and_nowhere_else()
    {
        foreach (var address in new[] { IPAddress.Loopback, IPAddress.IPv6Loopback })
            (await world.Http.GetStringAsync($"http://{new IPEndPoint(address, world.Port)}/api/v1/things/name", Ct)).ShouldBe("things");
        System.Net.NetworkInformation.IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners()
            .Where(l => l.Port == world.Port).ShouldAllBe(l => IPAddress.IsLoopback(l.Address));
    }

    [Fact]
    public async Task Nothing_tells_what_server_it_is()
    {
        using var answer = await world.Http.GetAsync("/api/v1/things/name", Ct);

        answer.Headers.Server.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_body_over_the_limit_is_refused_and_one_at_the_limit_is_not()
    {
        using var fits = await world.Http.PostAsync("/api/v1/things/length", new ByteArrayContent(new byte[ServiceHost.LargestBody]), Ct);
        using var larger = await world.Http.PostAsync("/api/v1/things/length", new ByteArrayContent(new byte[ServiceHost.LargestBody + 1]), Ct);

        (await fits.Content.ReadFromJsonAsync<long>(Ct)).ShouldBe(ServiceHost.LargestBody);
        larger.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task A_stream_arrives_as_it_is_written()
    {
        await using var stream = await world.Http.GetStreamAsync("/api/v1/things/stream", Ct);
        using var reader = new StreamReader(stream);

        (await reader.ReadLineAsync(Ct)).ShouldBe("data: first");
        world.Things.GoOn.SetResult();
        (await reader.ReadToEndAsync(Ct)).ShouldBe("\ndata: second\n\n");
    }

    [Fact]
    public async Task A_caller_who_goes_away_is_noticed_inside()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, world.Port, Ct);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes("GET /api/v1/things/wait HTTP/1.1\r\nHost: x\r\n\r\n"), Ct);
        await world.Things.Waiting.Task.WaitAsync(TimeSpan.FromMinutes(1), Ct);

        client.Close();

        await world.Things.Aborted.Task.WaitAsync(TimeSpan.FromMinutes(1), Ct);
    }

    [Fact]
    public async Task Each_request_has_a_scope_of_its_own_that_ends_with_it()
    {
        var first = Guid.Parse(await world.Http.GetStringAsync("/api/v1/things/scope", Ct));
        var second = Guid.Parse(await world.Http.GetStringAsync("/api/v1/things/scope", Ct));

        first.ShouldNotBe(second);
        SpinWait.SpinUntil(() => world.Things.DisposedScopes.Contains(first) && world.Things.DisposedScopes.Contains(second), TimeSpan.FromMinutes(1)).ShouldBeTrue();
    }

    [Fact]
    public async Task Health_is_answered_for_all()
    {
        (await world.Http.GetStringAsync("/healthz", Ct)).ShouldContain("\"ok\"");
        (await world.Http.GetStringAsync("/readyz", Ct)).ShouldContain("\"things\":\"ready\",\"web\":\"ready\"");
        using var post = await world.Http.PostAsync("/readyz", null, Ct);
        post.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
    }
}

public sealed class OneProcessStoppingTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Stopping_finishes_what_was_begun_then_ends_the_background_work()
    {
        var world = new TwoAppsInOneProcess();
        await world.InitializeAsync();
        var slow = world.Http.GetStringAsync("/api/v1/things/slow", Ct);
        await world.Things.Begun.Task.WaitAsync(Ct);

        var stopping = world.StopAsync();
        await world.Things.Stopping.Task.WaitAsync(Ct);
        world.Things.GoOn.SetResult();
        await stopping;

        (await slow).ShouldBe("finished");
        world.Things.Background.ShouldBe(["started", "stopped"]);
        await Should.ThrowAsync<HttpRequestException>(() => world.Http.GetStringAsync("/api/v1/things/name", Ct));
        await world.DisposeAsync();
    }

    [Fact]
    public async Task A_request_that_comes_before_the_applications_have_started_waits_for_them()
    {
        await using var process = new OneProcess(address: null, FreePort.Find(), NullLoggerFactory.Instance);
        await process.ListenAsync(Ct);
        using var http = new HttpClient();
        var early = http.GetStringAsync($"http://localhost:{process.Port}/healthz", Ct);
        var builder = WebApplication.CreateSlimBuilder();
        builder.ServeInProcess(new ConfigurationBuilder().AddInMemoryCollection([new(InProcess.Setting, "true")]).Build());

        await process.StartAsync([new InnerApp("web", [], builder.Build())], Ct);

        (await early).ShouldContain("ok");
    }

    [Fact]
    public async Task A_port_that_is_taken_is_one_line_with_what_to_do()
    {
        var port = FreePort.Find();
        using var other = new TcpListener(IPAddress.Loopback, port);
        other.Start();
        await using var process = new OneProcess(address: null, port, NullLoggerFactory.Instance);

        var refusal = await Should.ThrowAsync<OneLineError>(() => process.ListenAsync(Ct));

        refusal.Code.ShouldBe(ExitCode.InUse);
        refusal.Message.ShouldBe($"Port {port} is taken by another program; choose another with --port.");
    }
}
