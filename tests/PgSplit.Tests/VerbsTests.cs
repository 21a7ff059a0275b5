using System.Diagnostics;
using System.Text.Json;
using Hdms.Testing;
using Npgsql;

namespace PgSplit.Tests;

/// <summary>Moves as a person makes them: by the verbs of the command line.</summary>
[Collection("command line")]
public sealed class VerbsTests
{
    [Fact]
    public async Task A_move_goes_from_start_to_complete_by_verbs_alone_and_each_may_be_said_twice()
    {
        await using var world = await CliWorld.CreateAsync();
        (await world.JsonAsync("status")).GetProperty("moves")[0].GetProperty("state").GetString().ShouldBe("none");

        foreach (var _ in Twice)
            (await world.JsonAsync("start", "--then-exit")).GetProperty("state").GetString().ShouldBe("in_sync");
        foreach (var _ in Twice)
            (await world.JsonAsync("verify")).GetProperty("equal").GetBoolean().ShouldBeTrue();
        var dry = await world.RunAsync("switch", "--dry-run");
        dry.Output.ShouldStartWith("nothing stands in the way: writers would wait about ");
        dry.Error.ShouldContain("note: nobody follows the changes of ");
        var switched = await world.JsonAsync("switch");
        switched.GetProperty("writes_at").GetString().ShouldBe("target");
        switched.GetProperty("pause").GetDouble().ShouldBeGreaterThan(0);
        (await world.RunAsync("switch")).Output.ShouldBe("the writes are at the target already (epoch 2)\n");
        (await world.RunAsync("cancel")).Code.ShouldBe(ExitCode.Refused);
        (await world.RunAsync("reverse")).Output.ShouldStartWith("the writes are at the source now (epoch 3): writers waited ");
        (await world.RunAsync("switch")).Code.ShouldBe(ExitCode.Done);
        var status = (await world.JsonAsync("status")).GetProperty("moves")[0];
        (status.GetProperty("state").GetString(), status.GetProperty("writes_at").GetString(), status.GetProperty("epoch").GetInt64()).ShouldBe(("switched", "target", 4));
        (await world.RunAsync("status")).Output.ShouldContain("7 of 7 copied");
        foreach (var _ in Twice)
            (await world.JsonAsync("complete", "--rename")).GetProperty("state").GetString().ShouldBe("completed");

        (await world.Move.Pair.FromSourceAsync<long>("SELECT count(*) FROM orders_moved")).ShouldBe(3000);
        (await world.RunAsync("run")).Code.ShouldBe(ExitCode.Refused);
        await NoPasswordAsync(world);
    }

    [Fact]
    public async Task Rows_that_differ_end_verify_with_4_refuse_the_switch_and_are_repaired()
    {
        await using var world = await CliWorld.CreateAsync();
        await world.JsonAsync("start", "--then-exit", "--skip-plan");
        await world.Move.Pair.OnTargetAsync(
            $"""
            ALTER TABLE orders DISABLE TRIGGER pgsplit_fence_{world.Move.Definition.Id};
            UPDATE orders SET note = 'planted', total = 0 WHERE id <= 23; DELETE FROM orders WHERE id = 24;
            ALTER TABLE orders ENABLE ALWAYS TRIGGER pgsplit_fence_{world.Move.Definition.Id};
            """);

        var (code, output, _) = await world.RunAsync("verify");
        code.ShouldBe(ExitCode.Differences);
        output.ShouldContain(": 24 differ");
        output.ShouldContain("  orders (10) changed: total, note");
        output.ShouldContain("  and 4 more: --json has all");
        var (_, json, _) = await world.RunAsync("verify", "--json");
        using (var document = JsonDocument.Parse(json))
            document.RootElement.GetProperty("differences").GetArrayLength().ShouldBe(24);
        var refused = await world.RunAsync("switch", "--json");
        refused.Code.ShouldBe(ExitCode.Differences);
        JsonDocument.Parse(refused.Error).RootElement.GetProperty("error").GetProperty("remedy").GetString()!.ShouldContain("--accept-differences");
        (await world.JsonAsync("repair")).GetProperty("updated").GetInt64().ShouldBe(23);
        (await world.RunAsync("switch")).Code.ShouldBe(ExitCode.Refused);
        (await world.RunAsync("verify")).Code.ShouldBe(ExitCode.Done);
        (await world.JsonAsync("cancel")).GetProperty("state").GetString().ShouldBe("cancelled");
        (await world.JsonAsync("cancel")).GetProperty("state").GetString().ShouldBe("cancelled");
        await NoPasswordAsync(world);
    }

    [Fact]
    public async Task What_plan_refuses_is_not_begun()
    {
        await using var world = await CliWorld.CreateAsync("orders");

        foreach (var verb in new[] { "prepare", "start" })
        {
            var (code, _, error) = await world.RunAsync(verb);
            code.ShouldBe(ExitCode.Refused);
            error.ShouldContain("(foreign-key-out)");
            error.ShouldContain($"  → pgsplit plan {world.Map} ");
        }

        (await world.Move.Pair.FromTargetAsync<bool>("SELECT to_regnamespace('pgsplit') IS NULL")).ShouldBeTrue();
        (await world.Move.Pair.FromSourceAsync<bool>("SELECT to_regnamespace('pgsplit') IS NULL")).ShouldBeTrue();
        (await world.RunAsync("verify")).Code.ShouldBe(ExitCode.Refused);
    }

    [Fact]
    public async Task A_change_of_schema_is_refused_until_it_is_allowed()
    {
        await using var world = await CliWorld.CreateAsync();
        (await world.RunAsync("ddl allow")).Code.ShouldBe(ExitCode.Refused);
        await world.JsonAsync("prepare", "--skip-plan");
        // As an application: the engine lets itself through.
        const string change = "SET application_name = app; ALTER TABLE counters ALTER n SET DEFAULT 0";
        (await Should.ThrowAsync<PostgresException>(world.Move.Pair.OnSourceAsync(change))).SqlState.ShouldBe("PS002");

        (await world.JsonAsync("ddl allow", "--for", "5m")).GetProperty("within").GetDouble().ShouldBe(300);

        await world.Move.Pair.OnSourceAsync(change);
        await world.Move.Pair.OnTargetAsync(change);
        (await Should.ThrowAsync<PostgresException>(world.Move.Pair.OnSourceAsync(change))).SqlState.ShouldBe("PS002");
        (await world.RunAsync("ddl allow", "--for", "soon")).Code.ShouldBe(ExitCode.BadInput);
    }

    [Fact]
    public async Task A_copy_that_is_interrupted_goes_on_where_it_was()
    {
        await using var world = await CliWorld.CreateAsync();
        var hold = world.File("hold");
        await File.WriteAllTextAsync(hold, "");
        using (var start = world.Start("start", $"copy.table-done=wait:{hold}", "--skip-plan"))
        {
            await Eventually.ShouldAsync(async () => await world.Move.TryStatusAsync() is { } s && s.Tables.Any(t => t.Copied) || start.HasExited);
            start.HasExited.ShouldBeFalse();
            using (var kill = Process.Start("kill", ["-INT", $"{start.Id}"]))
                await kill.WaitForExitAsync();
            File.Delete(hold);
            (await start.StandardError.ReadToEndAsync()).ShouldEndWith("pgsplit: interrupted\n");
            await start.WaitForExitAsync();
            start.ExitCode.ShouldBe((int)ExitCode.Interrupted);
        }

        (await world.JsonAsync("status")).GetProperty("moves")[0].GetProperty("state").GetString().ShouldBe("copying");
        (await world.JsonAsync("start", "--then-exit")).GetProperty("state").GetString().ShouldBe("in_sync");
        (await world.JsonAsync("verify")).GetProperty("equal").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task A_process_that_follows_ends_with_0_when_it_is_told_to_and_the_move_stays()
    {
        await using var world = await CliWorld.CreateAsync();
        using var start = world.Start("start", null, "--skip-plan");
        await Eventually.ShouldAsync(async () => await world.Move.TryStatusAsync() is { State: "InSync", Process: not null });
        // Done by that process, which has the move.
        (await world.JsonAsync("verify")).GetProperty("equal").GetBoolean().ShouldBeTrue();
        using (var kill = Process.Start("kill", ["-TERM", $"{start.Id}"]))
            await kill.WaitForExitAsync();

        var said = await start.StandardError.ReadToEndAsync();
        await start.WaitForExitAsync();

        start.ExitCode.ShouldBe(0, said);
        said.ShouldContain("in sync, and followed until Ctrl-C");
        said.ShouldContain("verify, as another terminal asks");
        (await start.StandardOutput.ReadToEndAsync()).ShouldContain(": in_sync, writes at the source");
        (await world.Move.StatusAsync()).ShouldSatisfyAllConditions(s => s.State.ShouldBe("InSync"), s => s.Process.ShouldBeNull());
    }

    [Theory]
    [InlineData("prepare"), InlineData("copy"), InlineData("start"), InlineData("run"), InlineData("status"), InlineData("verify"), InlineData("repair"), InlineData("switch")]
    [InlineData("reverse"), InlineData("complete"), InlineData("cancel"), InlineData("resume"), InlineData("ddl allow"), InlineData("doctor")]
    public async Task Every_verb_has_help_with_an_example(string verb)
    {
        using var output = new StringWriter();

        (await Cli.CommandLine.RunAsync([.. verb.Split(' '), "--help"], new Cli.Terminal(output, TextWriter.Null, live: false, colours: false), CancellationToken.None)).ShouldBe(ExitCode.Done);

        output.ToString().ShouldContain($"  pgsplit {verb} map.yaml");
    }

    [Fact]
    public async Task Old_tables_have_one_fate()
    {
        using var error = new StringWriter();

        (await Cli.CommandLine.RunAsync(["complete", "map.yaml", "--keep", "--drop"], new Cli.Terminal(TextWriter.Null, error, live: false, colours: false), CancellationToken.None)).ShouldBe(ExitCode.BadInput);

        error.ToString().ShouldBe("pgsplit: --keep, --rename and --drop exclude each other\n  → pgsplit complete --help\n");
    }

    static IEnumerable<int> Twice => Enumerable.Range(0, 2);

    // Neither in what was written for people and programs nor in what is kept.
    static async Task NoPasswordAsync(CliWorld world)
    {
        var password = world.Move.Definition.Source.Password!;
        password.Length.ShouldBeGreaterThan(8);
        string.Concat(world.Written).ShouldNotContain(password);
        foreach (var server in new[] { world.Move.Pair.Source, world.Move.Pair.Target })
        {
            await using var session = await server.OpenAsync("test", CancellationToken.None);
            var kept = await Pg.Commands.ScalarAsync<string>(session,
                """
                SELECT (SELECT string_agg(query_to_xml(format('SELECT * FROM pgsplit.%I', tablename), true, false, '')::text, '') FROM pg_tables WHERE schemaname = 'pgsplit')
                    || (SELECT coalesce(string_agg(prosrc, ''), '') FROM pg_proc WHERE pronamespace = 'pgsplit'::regnamespace)
                """, CancellationToken.None);
            kept!.ShouldContain(world.Move.Definition.Id);
            kept!.ShouldNotContain(password);
        }
    }
}
