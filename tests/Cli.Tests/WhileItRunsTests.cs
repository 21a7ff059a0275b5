using System.Text;
using System.Text.Json;
using Hdms.Cli.Cluster;

namespace Hdms.Cli.Tests;

/// <summary>What others on the machine find while it runs.</summary>
[Collection(OneHdms.Name)]
public sealed class WhileItRunsTests(RunningHdms hdms)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_second_one_is_refused_with_the_process_that_has_the_data()
    {
        var second = await RealProgram.RunAsync("up", "--data", hdms.Data, "--port", $"{FreePort.Find()}");

        second.ExitCode.ShouldBe(ExitCode.InUse);
        second.Error.Trim().ShouldBe($"hdms: {hdms.Data} is in use by process {hdms.Program.Pid}.");
        (await hdms.Program.Http.GetStringAsync("/readyz", Ct)).ShouldContain("ready");
    }

    [Fact]
    public async Task No_secret_is_printed_or_stands_in_anybodys_arguments()
    {
        var backup = hdms.RunAsync("backup");
        var arguments = new StringBuilder();
        do
            arguments.Append(string.Concat(Directory.EnumerateDirectories("/proc").Select(ArgumentsOf)));
        while (!backup.IsCompleted);

        var secrets = JsonSerializer.Deserialize<Dictionary<string, string>>(await File.ReadAllTextAsync(Path.Combine(hdms.Data, "secrets.json"), Ct))!;
        secrets.Count.ShouldBeGreaterThanOrEqualTo(4);
        foreach (var (name, secret) in secrets)
        {
            hdms.Program.Output.Contains(secret, StringComparison.Ordinal).ShouldBeFalse(name);
            arguments.ToString().Contains(secret, StringComparison.Ordinal).ShouldBeFalse(name);
        }

        var taken = await backup;
        taken.ExitCode.ShouldBe(0, taken.Error);
        arguments.ToString().ShouldContain("pg_dump");
    }

    static string ArgumentsOf(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
