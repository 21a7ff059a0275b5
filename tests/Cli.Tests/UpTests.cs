using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Hdms.Cli.Cluster;
using Hdms.Testing;
using Hdms.Users.Demo;

namespace Hdms.Cli.Tests;

/// <summary>The real program, stopped and killed in every way.</summary>
public sealed class UpTests : IDisposable
{
    readonly TestDirectory _directory = TestDirectory.Create();

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    string Data => Path.Combine(_directory.Path, "data");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Whatever_was_acknowledged_before_it_was_killed_is_there_afterwards()
    {
        var acknowledged = new ConcurrentBag<string>();
        await using (var program = await RealProgram.UpAsync(Data))
        {
            await program.SignInAsync();
            using var stop = new CancellationTokenSource();
            var writers = Enumerable.Range(0, 4).Select(writer => WriteAsync(program, writer, acknowledged, stop.Token)).ToList();
            await UntilAsync(() => acknowledged.Count >= 60);

            await program.SignalAsync("KILL");
            await program.ExitAsync();
            await stop.CancelAsync();
            await Task.WhenAll(writers);
        }

        await using var again = await RealProgram.UpAsync(Data);
        await again.SignInAsync();
        var there = await AllCodesAsync(again);
        acknowledged.Except(there).ShouldBeEmpty();
        acknowledged.Count.ShouldBeGreaterThanOrEqualTo(60);
    }

    [Fact]
    public async Task A_request_that_never_ends_holds_it_up_only_until_it_is_told_twice()
    {
        await using var program = await RealProgram.UpAsync(Data, "--empty");
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", program.Port, Ct);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            "POST /api/v1/auth/sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"), Ct);
        // Answered behind it, so it has been taken in.
        (await program.Http.GetStringAsync("/readyz", Ct)).ShouldContain("ready");

        await program.SignalAsync("TERM");
        await program.SaysAsync("Stopping");
        await Should.ThrowAsync<TimeoutException>(() => program.ExitAsync().WaitAsync(TimeSpan.FromSeconds(1), Ct));
        await program.SignalAsync("TERM");

        (await program.ExitAsync().WaitAsync(TimeSpan.FromSeconds(10), Ct)).ShouldBe(ExitCode.Done);
        ServerProcesses.Below(_directory.Path).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_empty_one_has_nobody_until_the_first_admin_is_made()
    {
        await using var program = await RealProgram.UpAsync(Data, "--empty");
        program.Output.ShouldContain("make-admin");
        (await program.Http.GetStringAsync("/", Ct)).ShouldNotContain("Demo organisation");

        var made = await RealProgram.RunAsync("make-admin", "S-26-0001", "--first-name", "Amina", "--data", Data);
        var second = await RealProgram.RunAsync("make-admin", "S-26-0002", "--data", Data);

        made.ExitCode.ShouldBe(ExitCode.Done, made.Error);
        second.ExitCode.ShouldBe(ExitCode.Failed);
        second.Error.ShouldContain("There is an admin already");
        var temporary = made.Output.Split('\n')[0]["Temporary password: ".Length..].Trim();
        using var changed = await program.Http.PostAsync("/api/v1/auth/password-change", new StringContent(
            $$"""{"employee_code":"S-26-0001","current_password":"{{temporary}}","new_password":"{{DemoOrganisation.Password}}"}""", Encoding.UTF8, "application/json"), Ct);
        changed.IsSuccessStatusCode.ShouldBeTrue(await changed.Content.ReadAsStringAsync(Ct));
        await program.SignInAsync("S-26-0001");
        (await program.CountAsync()).ShouldBe(1);
    }

    static async Task WriteAsync(RealProgram program, int writer, ConcurrentBag<string> acknowledged, CancellationToken stop)
    {
        for (var n = 0; !stop.IsCancellationRequested; n++)
        {
            var code = $"W{writer}-{n}";
            if (await program.RegisterAsync(code))
                acknowledged.Add(code);
        }
    }

    static async Task<HashSet<string>> AllCodesAsync(RealProgram program)
    {
        var codes = new HashSet<string>(StringComparer.Ordinal);
        for (var page = 1; ; page++)
        {
            var list = JsonDocument.Parse(await program.Http.GetStringAsync($"/api/v1/users?limit=100&page={page}", Ct)).RootElement;
            codes.UnionWith(list.GetProperty("data").EnumerateArray().Select(u => u.GetProperty("employee_code").GetString()!));
            if (page >= list.GetProperty("pagination").GetProperty("pages").GetInt32())
                return codes;
        }
    }

    static Task UntilAsync(Func<bool> holds) => UntilAsync(() => Task.FromResult(holds()));

    static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        patience.CancelAfter(TimeSpan.FromMinutes(4));
        while (!await holds())
            await Task.Delay(20, patience.Token);
    }
}
