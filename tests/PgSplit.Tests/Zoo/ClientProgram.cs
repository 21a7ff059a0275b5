using System.Diagnostics;
using Hdms.Testing;
using PgSplit.Pg;

namespace PgSplit.Tests.Zoo;

/// <summary>psql and pg_dump, of the tests' own server: judges of what the engine made that share nothing with it.</summary>
static class ClientProgram
{
    public static async Task<string> RunAsync(string name, PgServer server, IEnumerable<string> arguments)
    {
        var cluster = await TestCluster.SharedAsync();
        var start = new ProcessStartInfo(Path.Combine(cluster.Programs, name),
            [.. arguments, "-h", "127.0.0.1", "-p", $"{server.Address.Port}", "-U", server.Address.User!, "-d", server.Address.Database])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PGPASSWORD"] = server.Address.Password ?? "";
        using var program = Process.Start(start)!;
        var errors = program.StandardError.ReadToEndAsync();
        var text = await program.StandardOutput.ReadToEndAsync();
        await program.WaitForExitAsync();
        program.ExitCode.ShouldBe(0, await errors);
        return text;
    }
}
