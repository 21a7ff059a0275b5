using System.Text.Json;
using Hdms.Cli.Cluster;
using Hdms.Contracts;
using Hdms.Testing;
using Npgsql;

namespace Hdms.Cli.Tests.Import;

/// <summary>An installation into which an old help desk was imported, by the commands that people use, and which runs.</summary>
public sealed class ImportedHelpdesk : IAsyncLifetime
{
    readonly TestDirectory _directory = TestDirectory.Create();

    public string Data => Path.Combine(_directory.Path, "data");

    public string Media => Path.Combine(_directory.Path, "media");

    internal RealProgram Program { get; private set; } = null!;

    internal ToolResult Demo { get; private set; } = null!;

    internal ToolResult Imported { get; private set; } = null!;

    internal JsonElement Report { get; private set; }

    public async ValueTask InitializeAsync()
    {
        Demo = await RunAsync("demo", "monolith", "--scale", "0.01", "--files", Media);
        Demo.ExitCode.ShouldBe(ExitCode.Done, Demo.Error);
        var report = Path.Combine(_directory.Path, "report.json");
        Imported = await RunAsync("import", "--from", "database:monolith", "--files", Media, "--report", report);
        Imported.ExitCode.ShouldBe(ExitCode.Done, Imported.Output + Imported.Error);
        Report = JsonDocument.Parse(await File.ReadAllTextAsync(report)).RootElement;
        // Nobody is made beside those who came.
        Program = await RealProgram.UpAsync(Data, "--empty");
    }

    internal Task<ToolResult> RunAsync(params string[] arguments) => RealProgram.RunAsync([.. arguments, "--data", Data]);

    /// <summary>The first value, as text, read as the superuser.</summary>
    internal async Task<string> SqlAsync(string sql, string database = Services.SharedDatabase)
    {
        await using var connection = new NpgsqlConnection(PrivateCluster.FindRunning(Data)!.ConnectionString(database));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return $"{await command.ExecuteScalarAsync()}";
    }

    public async ValueTask DisposeAsync()
    {
        if (Program is not null)
            await Program.DisposeAsync();
        _directory.Dispose();
    }
}
