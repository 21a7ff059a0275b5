using System.Diagnostics;
using System.Text.Json;
using PgSplit.Cli;
using PgSplit.Pg;

namespace PgSplit.Tests;

/// <summary>The shop of <see cref="MoveWorld"/> with a map of it, and pgsplit to be run on that.</summary>
sealed class CliWorld : IAsyncDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("pgsplit-test-").FullName;

    CliWorld(MoveWorld move) => Move = move;

    public MoveWorld Move { get; }

    public string Map => Path.Combine(_folder, "map.yaml");

    /// <summary>A path in a folder that goes with this.</summary>
    public string File(string name) => Path.Combine(_folder, name);

    /// <summary>All that pgsplit has written so far.</summary>
    public List<string> Written { get; } = [];

    public static async Task<CliWorld> CreateAsync(string? tables = null)
    {
        var world = new CliWorld(await MoveWorld.CreateAsync());
        var definition = world.Move.Definition;
        await System.IO.File.WriteAllTextAsync(world.Map,
            $"""
            source: {Url(definition.Source)}
            services:
              {definition.Id}:
                target: {Url(definition.Target)}
                tables: [{tables ?? string.Join(", ", MoveWorld.Tables)}]
                options: {"{"} pause_budget: 60s {"}"}
            ignore: ["*"]
            """);
        return world;
    }

    /// <summary>With the password, as nobody should: it must not be seen again.</summary>
    public static string Url(PgAddress address) => $"postgres://{address.User}:{Uri.EscapeDataString(address.Password ?? "")}@{address.Host}:{address.Port}/{address.Database}";

    /// <summary>Runs a verb on the map, here.</summary>
    public async Task<(ExitCode Code, string Output, string Error)> RunAsync(string verb, params string[] options)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        string[] args = [.. verb.Split(' '), Map, .. options];
        var code = await CommandLine.RunAsync(args, new Terminal(output, error, live: false, colours: false), CancellationToken.None);
        Written.Add(output.ToString());
        Written.Add(error.ToString());
        return (code, output.ToString(), error.ToString());
    }

    /// <summary>A verb that must work; its JSON.</summary>
    public async Task<JsonElement> JsonAsync(string verb, params string[] options)
    {
        var (code, output, error) = await RunAsync(verb, [.. options, "--json"]);
        code.ShouldBe(ExitCode.Done, error);
        error.ShouldBeEmpty();
        using var json = JsonDocument.Parse(output);
        return json.RootElement.Clone();
    }

    /// <summary>The built program, from its own folder: beside the tests it lacks what they have from ASP.NET.</summary>
    public static string Program => Path.Combine(Root, "engine", "PgSplit.Cli", "bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "net10.0", "pgsplit.dll");

    public static string Root => Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../.."));

    /// <summary>Runs a verb on the map in a process of its own.</summary>
    public Process Start(string verb, string? failpoint, params string[] options)
    {
        var start = new ProcessStartInfo("dotnet", [Program, verb, Map, .. options]) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false };
        if (failpoint is not null)
            start.Environment["PGSPLIT_FAILPOINT"] = failpoint;
        return Process.Start(start)!;
    }

    public async ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        await Move.DisposeAsync();
    }
}
