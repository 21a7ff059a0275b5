using System.Text.Json;
using Hdms.Cli.Cluster;
using Hdms.Kit.Auth;
using Hdms.Testing;
using Hdms.Users.Demo;

namespace Hdms.Cli.Tests;

/// <summary><c>hdms up</c> on a new data directory, stopped by Ctrl-C, started again, stopped by SIGTERM, and started once more.</summary>
public sealed class StoppedAndStarted : IAsyncLifetime
{
    readonly TestDirectory _directory = TestDirectory.Create();

    /// <summary>What the first start printed, and its page.</summary>
    public string FirstOutput { get; private set; } = "";

    public string FirstPage { get; private set; } = "";

    public IReadOnlyList<JsonElement> Departments { get; private set; } = [];

    public long PeopleAtFirst { get; private set; }

    public long PeopleAtLast { get; private set; }

    /// <summary>Employees registered meanwhile, one between each start and its end.</summary>
    public static IReadOnlyList<string> Registered { get; } = ["KEPT-INT", "KEPT-TERM"];

    /// <summary>What was answered to somebody who waited for news when it was stopped.</summary>
    public string FeedAnswer { get; private set; } = "";

    /// <summary>Of each run that was asked to stop: its exit code, its output, and how many processes it left.</summary>
    internal List<(int ExitCode, string Output, int Left)> Stops { get; } = [];

    internal RealProgram Now { get; private set; } = null!;

    public string Data => Path.Combine(_directory.Path, "data");

    public async ValueTask InitializeAsync()
    {
        await using (var first = await RealProgram.UpAsync(Data))
        {
            await first.SignInAsync();
            PeopleAtFirst = await first.CountAsync();
            Departments = [.. JsonDocument.Parse(await first.Http.GetStringAsync("/api/v1/departments")).RootElement.GetProperty("data").EnumerateArray()];
            FirstPage = await first.Http.GetStringAsync("/");
            (await first.RegisterAsync(Registered[0])).ShouldBeTrue();
            await StopAsync(first, "INT");
            FirstOutput = first.Output;
        }

        await using (var second = await RealProgram.UpAsync(Data))
        {
            await second.SignInAsync();
            (await second.RegisterAsync(Registered[1])).ShouldBeTrue();
            var waiting = await WaitOnFeedAsync(second);
            await StopAsync(second, "TERM");
            // Whoever was not answered has been cut off instead.
            FeedAnswer = await waiting;
        }

        Now = await RealProgram.UpAsync(Data);
        await Now.SignInAsync("ADM-002");
        await Now.SignInAsync();
        PeopleAtLast = await Now.CountAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (Now is not null)
            await Now.DisposeAsync();
        _directory.Dispose();
    }

    async Task<Task<string>> WaitOnFeedAsync(RealProgram program)
    {
        var secrets = JsonSerializer.Deserialize<Dictionary<string, string>>(await File.ReadAllTextAsync(Path.Combine(Data, "secrets.json")))!;
        var token = new ServiceTokens("tickets", Convert.FromBase64String(secrets["service_key"]), TimeProvider.System).Current();
        program.Http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        var last = JsonDocument.Parse(await program.Http.GetStringAsync("/api/v1/users/events?limit=1000")).RootElement.EnumerateArray().Last().GetProperty("id").GetString();
        var waiting = program.Http.GetStringAsync($"/api/v1/users/events?lastEventId={last}&timeout=30000");
        await Should.ThrowAsync<TimeoutException>(() => waiting.WaitAsync(TimeSpan.FromMilliseconds(500)));
        return waiting;
    }

    async Task StopAsync(RealProgram program, string signal) =>
        Stops.Add((await program.StopAsync(signal), program.Output, ServerProcesses.Below(_directory.Path).Count));
}

public sealed class StoppedAndStartedTests(StoppedAndStarted world) : IClassFixture<StoppedAndStarted>
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void Ctrl_C_and_SIGTERM_stop_it_cleanly()
    {
        world.Stops.Count.ShouldBe(2);
        foreach (var (exitCode, output, left) in world.Stops)
        {
            exitCode.ShouldBe(ExitCode.Done, output);
            output.ShouldContain("PostgreSQL stopped");
            left.ShouldBe(0);
        }
    }

    [Fact]
    public async Task No_secret_that_is_made_up_at_the_first_start_is_printed()
    {
        var secrets = JsonSerializer.Deserialize<Dictionary<string, string>>(await File.ReadAllTextAsync(Path.Combine(world.Data, "secrets.json"), Ct))!;

        secrets.Count.ShouldBeGreaterThanOrEqualTo(4);
        foreach (var (name, secret) in secrets)
            world.FirstOutput.Contains(secret, StringComparison.Ordinal).ShouldBeFalse(name);
    }

    [Fact]
    public async Task The_next_start_has_everything()
    {
        foreach (var code in StoppedAndStarted.Registered)
            (await world.Now.Http.GetStringAsync($"/api/v1/users?q={code}", Ct)).ShouldContain(code);
    }

    [Fact]
    public void The_demo_organisation_is_made_once()
    {
        world.PeopleAtFirst.ShouldBeInRange(55, 65);
        world.Departments.Select(d => d.GetProperty("name").GetString()).ShouldBe(
            ["Development", "Finance & Accounts", "Procurement", "Basic Maintenance", "IT", "Architecture", "Administration"], ignoreOrder: true);
        world.Departments.ShouldAllBe(d => d.GetProperty("head_id").ValueKind == JsonValueKind.String);
        world.FirstPage.ShouldContain(DemoOrganisation.Password);
        world.FirstOutput.ShouldContain(DemoOrganisation.Password);

        world.PeopleAtLast.ShouldBe(world.PeopleAtFirst + StoppedAndStarted.Registered.Count);
    }

    [Fact]
    public void Whoever_waits_on_a_feed_is_answered_when_it_stops() => world.FeedAnswer.ShouldBe("[]");

    [Fact]
    public async Task When_its_PostgreSQL_is_killed_it_comes_back_by_itself_and_requests_work_again()
    {
        (await world.Now.RegisterAsync("BEFORE")).ShouldBeTrue();

        foreach (var pid in ServerProcesses.In(ClusterPlace.Load(world.Data)!.Directory))
            ServerProcesses.Kill(pid);

        await Eventually.ShouldAsync(() => world.Now.RegisterAsync($"AFTER-{Guid.NewGuid():N}"));
        (await world.Now.Http.GetStringAsync("/api/v1/users?q=BEFORE", Ct)).ShouldContain("BEFORE");
    }
}
