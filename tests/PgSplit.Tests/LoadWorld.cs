using System.Text.Json;
using PgSplit.Cli;
using PgSplit.Control;
using PgSplit.Load;

namespace PgSplit.Tests;

/// <summary>An empty database, a folder of files, and pgsplit load from the one into the other.</summary>
sealed class LoadWorld : IAsyncDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("pgsplit-load-").FullName;

    LoadWorld(DatabasePair pair) => Pair = pair;

    /// <summary>The source is loaded into; the target is for moves and comparisons.</summary>
    public DatabasePair Pair { get; }

    public string Rejects => File("rejects.jsonl");

    public static async Task<LoadWorld> CreateAsync() => new(await DatabasePair.CreateSourceAsync());

    public static async Task<LoadWorld> WithTargetAsync() => new(await DatabasePair.CreateAsync());

    public string File(string name) => Path.Combine(_folder, name);

    /// <summary>A file of this text; its path.</summary>
    public string Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File(name))!);
        System.IO.File.WriteAllText(File(name), text);
        return File(name);
    }

    public Task<LoadReport> LoadAsync(string from, string? schema = null, Func<LoadOptions, LoadOptions>? change = null, IProgress<MoveProgress>? progress = null)
    {
        var options = new LoadOptions { From = from, Into = Pair.Source.Address, Schema = schema, Rejects = Rejects };
        return Loading.RunAsync(change?.Invoke(options) ?? options, progress, CancellationToken.None);
    }

    /// <summary>A load that is refused, after which nothing is there.</summary>
    public async Task<PgSplitException> RefusedAsync(string from, string? schema = null, Func<LoadOptions, LoadOptions>? change = null)
    {
        var tables = "SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'p', 'S') AND relnamespace = 'public'::regnamespace";
        var before = await Pair.FromSourceAsync<long>(tables);
        var refusal = await Should.ThrowAsync<PgSplitException>(() => LoadAsync(from, schema, change));
        (await Pair.FromSourceAsync<long>(tables)).ShouldBe(before);
        return refusal;
    }

    /// <summary>The command itself.</summary>
    public async Task<(ExitCode Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        string[] all = ["load", .. arguments, "--into", CliWorld.Url(Pair.Source.Address), "--rejects", Rejects];
        var code = await CommandLine.RunAsync(all, new Terminal(output, error, live: false, colours: false), CancellationToken.None);
        return (code, output.ToString(), error.ToString());
    }

    /// <summary>What was rejected: source, line, table, reason.</summary>
    public IReadOnlyList<JsonElement> Rejected() => [.. System.IO.File.ReadAllLines(Rejects).Select(l => JsonDocument.Parse(l).RootElement.Clone())];

    /// <summary>All rows of a table as one text.</summary>
    public Task<string?> RowsAsync(string table) => Pair.FromSourceAsync<string>($"SELECT string_agg(t::text, E'\\n' ORDER BY t::text COLLATE \"C\") FROM {table} t");

    public async ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        await Pair.DisposeAsync();
    }
}
