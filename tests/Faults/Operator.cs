using System.Diagnostics;
using PgSplit.Pg;
using PgSplit.Tests;

namespace PgSplit.Faults;

/// <summary>A person at a terminal who runs <c>pgsplit</c>, a process of its own, and runs it again when it has died.</summary>
sealed class Operator(MoveWorld world, string sourceUrl, string targetUrl) : IDisposable
{
    // bin/Release/net10.0 of its own: beside the tests it would miss what their framework brings.
    static readonly string Program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../../engine/PgSplit.Cli/bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "net10.0/pgsplit.dll"));

    readonly string _directory = Directory.CreateTempSubdirectory("pgsplit-faults-").FullName;

    public string HoldFile => Path.Combine(_directory, "hold");

    /// <summary>The map's <c>hooks</c>.</summary>
    public string Hooks { get; init; } = "[]";

    /// <summary>What the last run said.</summary>
    public string Said { get; private set; } = "";

    public static Operator At(MoveWorld world, int? sourcePort = null, int? targetPort = null, string hooks = "[]") =>
        new(world, Url(world.Pair.Source.Address, sourcePort), Url(world.Pair.Target.Address, targetPort)) { Hooks = hooks };

    /// <summary>Starts <c>pgsplit VERB map.yaml …</c>.</summary>
    public Process Start(string verb, string? failpoint = null)
    {
        var map = Path.Combine(_directory, "map.yaml");
        File.WriteAllText(map,
            $"""
            source: env:FAULTS_SOURCE
            services:
              {world.Definition.Id}:
                target: env:FAULTS_TARGET
                tables: [{string.Join(", ", MoveWorld.Tables)}]
                hooks: {Hooks}
                options: {"{"} pause_budget: 20s, chunk_size: 64kB {"}"}
            ignore: ["*"]
            """);
        var words = verb.Split(' ');
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList = { Program, words[0], map },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var option in words[1..])
            start.ArgumentList.Add(option);
        start.Environment["FAULTS_SOURCE"] = sourceUrl;
        start.Environment["FAULTS_TARGET"] = targetUrl;
        start.Environment["PGSPLIT_FAILPOINT"] = failpoint ?? "";
        return Process.Start(start)!;
    }

    /// <summary>Runs it to its end.</summary>
    public async Task<int> RunAsync(string verb, string? failpoint = null)
    {
        using var process = Start(verb, failpoint);
        return await EndAsync(process);
    }

    public async Task<int> EndAsync(Process process)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        var output = process.StandardOutput.ReadToEndAsync(patience.Token);
        var errors = process.StandardError.ReadToEndAsync(patience.Token);
        try
        {
            await process.WaitForExitAsync(patience.Token);
            Said = await output + await errors;
            return process.ExitCode;
        }
        catch (OperationCanceledException e)
        {
            process.Kill();
            throw new TimeoutException("pgsplit did not end within two minutes", e);
        }
    }

    /// <summary>Until the command succeeds; what stands in its way goes away by itself.</summary>
    public async Task InsistAsync(string verb)
    {
        for (var attempt = 1; await RunAsync(verb) != 0; attempt++)
        {
            attempt.ShouldBeLessThan(8, $"{verb}: {Said}");
            await Task.Delay(1_000);
        }
    }

    /// <summary>Until the command has died at the point: before that it may be refused for what goes away by itself.</summary>
    public async Task DieAsync(string verb, string point)
    {
        const int sigkill = 128 + 9;
        for (var attempt = 1; await RunAsync(verb, $"{point}=kill") is var ended && ended != sigkill; attempt++)
        {
            ended.ShouldNotBe(0, $"{verb} did not pass {point}");
            attempt.ShouldBeLessThan(8, $"{verb}: {Said}");
            await Task.Delay(1_000);
        }
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    static string Url(PgAddress address, int? port) =>
        $"postgres://{address.User}:{Uri.EscapeDataString(address.Password ?? "")}@127.0.0.1:{port ?? address.Port}/{address.Database}";
}
