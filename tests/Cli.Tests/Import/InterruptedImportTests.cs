using System.Collections.Concurrent;
using System.Globalization;
using Dapper;
using Hdms.Cli.Cluster;
using Hdms.Cli.Import;
using Hdms.Cli.Monolith;
using Hdms.Contracts;
using Hdms.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hdms.Cli.Tests.Import;

/// <summary>An import that ends in the middle of a step, and is begun again.</summary>
public sealed class InterruptedImportTests : IDisposable
{
    readonly TestDirectory _directory = TestDirectory.Create();

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    [Trait("Category", "Long")]
    public async Task Interrupted_in_every_step_and_begun_again_it_makes_the_same_rows()
    {
        var whole = await ImportAsync("whole", interrupt: false);
        var interrupted = await ImportAsync("interrupted", interrupt: true);

        interrupted.ShouldBe(whole);
    }

    [Fact]
    public async Task Killed_it_goes_on_where_it_was_and_nobody_works_with_half_of_it()
    {
        var data = Path.Combine(_directory.Path, "killed");
        (await RealProgram.RunAsync("demo", "monolith", "--scale", "0.01", "--data", data)).ExitCode.ShouldBe(ExitCode.Done);
        await using (var program = RealProgram.Begin(new Dictionary<string, string>(), 0, "import", "--from", "database:monolith", "--no-backup", "--data", data))
        {
            await program.SaysAsync("import users");
            await program.SignalAsync("KILL");
            await program.ExitAsync();
        }

        var early = await RealProgram.RunAsync("up", "--empty", "--data", data);
        early.ExitCode.ShouldBe(ExitCode.InUse);
        early.Error.ShouldContain("An import of database:monolith is under way here. Go on with it (hdms import --from the same), or give it up: hdms import cancel");

        var again = await RealProgram.RunAsync("import", "--from", "database:monolith", "--no-backup", "--data", data);

        again.ExitCode.ShouldBe(ExitCode.Done, again.Output + again.Error);
        again.Output.ShouldContain("(done before)");
        again.Output.ShouldContain("all is well");
    }

    [Fact]
    [Trait("Category", "Long")]
    public async Task Whenever_the_server_is_killed_under_an_import_the_same_command_goes_on_and_all_of_it_is_there_once()
    {
        var data = Path.Combine(_directory.Path, "killed-server");
        (await RealProgram.RunAsync("demo", "monolith", "--scale", "0.02", "--data", data)).ExitCode.ShouldBe(ExitCode.Done);
        foreach (var step in new[] { "export", "import users", "import tickets", "import communication", "validate" })
        {
            await using var program = RealProgram.Begin(new Dictionary<string, string>(), 0, "import", "--from", "database:monolith", "--no-backup", "--data", data);
            await program.SaysAsync(step);
            ServerProcesses.Kill(int.Parse((await File.ReadAllLinesAsync(Path.Combine(data, "postgres", "postmaster.pid"), Ct))[0], CultureInfo.InvariantCulture));
            (await program.ExitAsync()).ShouldBe(ExitCode.Failed, $"killed at {step}\n{program.Output}");
            program.Output.ShouldContain("the same command goes on after it", customMessage: $"killed at {step}\n{program.Output}");
        }

        var again = await RealProgram.RunAsync("import", "--from", "database:monolith", "--no-backup", "--data", data);

        TestContext.Current.TestOutputHelper?.WriteLine(again.Output);
        again.ExitCode.ShouldBe(ExitCode.Done, again.Output + again.Error);
        again.Output.ShouldContain("all is well");
    }

    /// <returns>Each table with the number and the hash of its rows.</returns>
    async Task<string> ImportAsync(string name, bool interrupt)
    {
        var installation = Installation.At(Path.Combine(_directory.Path, name));
        await using var server = await DatabaseServer.OpenAsync(installation, make: true, NullLogger.Instance, null, Ct);
        var place = await ImportPlace.FindAsync(server, Ct);
        await place.MigrateAsync(Ct);
        await using (var admin = await DatabaseServer.OpenAsync(server.NeedAdminOf(Services.Users, "postgres"), Ct))
            await admin.ExecuteAsync("CREATE DATABASE monolith");
        await using (var old = await DatabaseServer.OpenAsync(server.NeedAdminOf(Services.Users, "monolith"), Ct))
            await new FillMonolith(OldDatabase.Plan, seed: 3, files: Path.Combine(_directory.Path, $"{name}-media"), new OldDatabase.Nobody()).RunAsync(old, Ct);

        var policies = ImportPolicies.Read(null);
        var reached = new ConcurrentDictionary<string, bool>();
        for (; ; )
        {
            var run = new ImportRun(place, new ImportSource("database:monolith", null, 0, place.Admin), policies, Path.Combine(_directory.Path, $"{name}-media"), new OldDatabase.Nobody(), TextWriter.Null)
            {
                Reached = step => interrupt && reached.TryAdd(step, true) ? throw new InvalidOperationException("the power went") : Task.CompletedTask,
            };
            try
            {
                var report = await run.RunAsync(Ct);
                report.IsGood.ShouldBeTrue(string.Join('\n', report.Sums.Where(s => !s.IsSame)) + string.Join('\n', report.Tables.Where(t => t.Unaccounted != 0)) + string.Join('\n', report.References.Where(r => r.Dangling > 0)));
                break;
            }
            catch (InvalidOperationException e) when (e.Message == "the power went")
            {
            }
        }

        reached.Count.ShouldBe(interrupt ? 14 : 0);
        await using var connection = await place.OpenAsync(Ct);
        var rows = new List<string>();
        foreach (var table in ImportPlace.Tables)
            rows.Add($"{table.Name} {await connection.ExecuteScalarAsync<string>($"SELECT count(*) || ' ' || md5(string_agg(t::text, E'\\n' ORDER BY t::text COLLATE \"C\")) FROM public.{table.Name} AS t")}");
        foreach (var service in ImportPlace.Owners)
            rows.Add($"{service.Name} {await connection.ExecuteScalarAsync<string>($"SELECT count(*) || ' events, ' || count(DISTINCT stream_id) FROM public.{service.Name}_events")}");
        return string.Join('\n', rows);
    }
}
