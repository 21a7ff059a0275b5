using Dapper;
using Hdms.Cli.Cluster;
using Hdms.Contracts;
using Hdms.Testing;
using Npgsql;

namespace Hdms.Cli.Tests;

/// <summary>For tests that leave an <see cref="RunningHdms"/> as good as they found it: they have one together, one after another.</summary>
[CollectionDefinition(Name)]
public sealed class OneHdms : ICollectionFixture<RunningHdms>
{
    public const string Name = "one hdms";
}

/// <summary><c>hdms up</c> with the demo organisation, signed in as an admin.</summary>
public sealed class RunningHdms : IAsyncLifetime
{
    readonly TestDirectory _directory = TestDirectory.Create();

    public string Data => Path.Combine(_directory.Path, "data");

    internal RealProgram Program { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Program = await RealProgram.UpAsync(Data);
        await Program.SignInAsync();
    }

    /// <summary>Runs a command on the same data directory.</summary>
    internal Task<ToolResult> RunAsync(params string[] arguments) => RealProgram.RunAsync([.. arguments, "--data", Data]);

    /// <summary>Runs statements as the superuser; the first value, as text.</summary>
    internal async Task<string> SqlAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(PrivateCluster.FindRunning(Data)!.ConnectionString(Services.SharedDatabase));
        return (await connection.ExecuteScalarAsync(sql))?.ToString() ?? "";
    }

    public async ValueTask DisposeAsync()
    {
        if (Program is not null)
            await Program.DisposeAsync();
        _directory.Dispose();
    }
}
