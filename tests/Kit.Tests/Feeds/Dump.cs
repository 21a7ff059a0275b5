using System.Diagnostics;
using Hdms.Testing;
using Npgsql;

namespace Hdms.Kit.Tests.Feeds;

/// <summary>A backup by pg_dump, which can be restored over what has happened since, or into another database.</summary>
sealed class Dump(TestDatabase database) : IAsyncDisposable
{
    readonly string _file = Path.GetTempFileName();

    public Task TakeAsync() => RunAsync("pg_dump", database, "--format=custom", "--file", _file);

    public async Task RestoreAsync(TestDatabase? into = null)
    {
        NpgsqlConnection.ClearAllPools();
        await RunAsync("pg_restore", into ?? database, "--clean", "--if-exists", "--dbname", (into ?? database).Name, _file);
    }

    static async Task RunAsync(string program, TestDatabase at, params string[] args)
    {
        var settings = new NpgsqlConnectionStringBuilder(at.ConnectionString);
        var start = new ProcessStartInfo(Path.Combine(at.Cluster.Programs, program), args) { RedirectStandardError = true, UseShellExecute = false };
        start.Environment["PGHOST"] = settings.Host;
        start.Environment["PGPORT"] = settings.Port.ToString();
        start.Environment["PGUSER"] = settings.Username;
        start.Environment["PGPASSWORD"] = settings.Password;
        start.Environment["PGDATABASE"] = at.Name;
        using var process = Process.Start(start)!;
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.ExitCode.ShouldBe(0, $"{program}: {errors}");
    }

    public ValueTask DisposeAsync()
    {
        File.Delete(_file);
        return ValueTask.CompletedTask;
    }
}
