using System.Diagnostics;
using Hdms.Testing;
using PgSplit.Control;
using PgSplit.Pg;
using PgSplit.Tests;

namespace PgSplit.Faults;

/// <summary>Whatever dies, wherever in a move: it is resumed, and nothing is lost or doubled (PROTOCOL section 2, item 3).</summary>
public sealed class KillMatrixTests
{
    /// <summary>Named points in the order in which a move passes them, with the command that does.</summary>
    static readonly (string Command, string[] Points)[] Steps =
    [
        ("start --then-exit --skip-plan",
        [
            "prepare.tables", "prepare.guard", "prepare.published", "slot-made-f", "prepare.slot", "prepare.fenced",
            "copy.slot-created", "copy.snapshot-imported", "copy.chunk-done", "copy.table-done", "copy.group-done", "copy.keys", "copy.indexes", "copy.finished",
            "slot-made-r", "copy.slot-back", "copy.closed", "follow.before-commit", "follow.after-commit",
        ]),
        ("verify", ["verify.snapshot-imported", "verify.range-done", "verify.table-done", "verify.compared"]),
        ("switch", ["switch.locked", "switch.barrier", "switch.drained", "switch.opening", "switch.closing", "switch.closed", "switch.opened"]),
        ("reverse", ["switch.locked", "switch.closed", "switch.opened"]),
        ("switch", []),
        ("complete --keep", ["complete.stopped", "complete.streams", "complete.fence"]),
    ];

    public static TheoryData<string, string, Fault> Matrix
    {
        get
        {
            var matrix = new TheoryData<string, string, Fault>();
            foreach (var (command, points) in Steps)
            {
                foreach (var point in points)
                {
                    foreach (var fault in Enum.GetValues<Fault>())
                        matrix.Add(command, point, fault);
                }
            }

            return matrix;
        }
    }

    public enum Fault
    {
        ProgramKilled,
        SessionsEnded,
        ConnectionsCut,
        NetworkSilent,
    }

    [Theory, Trait("Category", "Long")]
    [MemberData(nameof(Matrix))]
    public async Task A_move_is_resumed_after_anything(string at, string point, Fault fault)
    {
        await using var world = await MoveWorld.CreateAsync();
        using var source = new CutProxy(world.Pair.Source.Address.Port);
        using var target = new CutProxy(world.Pair.Target.Address.Port);
        using var person = Operator.At(world, source.Port, target.Port);
        await using var writers = Writers.Start(world.Pair, clients: 2);

        var met = false;
        foreach (var (command, _) in Steps)
        {
            if (!met && command == at)
                met = await MeetAsync(world, person, command, point, fault, [source, target]);
            if (command.StartsWith("complete", StringComparison.Ordinal))
                break;
            await person.InsistAsync(command);
        }

        await world.ShouldEndWellAsync(person, writers);
        if (at.StartsWith("complete", StringComparison.Ordinal))
            await MeetAsync(world, person, at, point, fault, [source, target]);
        await person.InsistAsync("complete --keep");
    }

    [Theory, Trait("Category", "Long")]
    [InlineData("cancel.streams")]
    [InlineData("cancel.fence")]
    public async Task A_cancelling_that_dies_is_cancelled_again(string point)
    {
        await using var world = await MoveWorld.CreateAsync();
        using var person = Operator.At(world);
        await person.InsistAsync("start --then-exit --skip-plan");
        await person.DieAsync("cancel", point);

        await person.InsistAsync("cancel");

        (await world.Pair.FromTargetAsync<long>("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace")).ShouldBe(0);
        await world.Pair.OnSourceAsync("INSERT INTO counters VALUES (99, 1)");
    }

    [Theory, Trait("Category", "Long")]
    [InlineData("copy.chunk-done")]
    [InlineData("follow.before-commit")]
    [InlineData("switch.drained")]
    [InlineData("switch.closed")]
    public async Task A_server_that_is_killed_and_started_again_is_gone_on_with(string point)
    {
        await using var clusters = await OwnClusters.StartAsync();
        await using var world = await clusters.WorldAsync();
        using var person = Operator.At(world);
        await using var writers = Writers.Start(world.Pair, clients: 2);
        foreach (var (command, points) in Steps.Take(4))
        {
            if (points.Contains(point))
            {
                using var process = person.Start(command, $"{point}=wait:{person.HoldFile}");
                await ReachedAsync(person, process);
                await clusters.KillBothAsync();
                File.Delete(person.HoldFile);
                await person.EndAsync(process);
            }

            await person.InsistAsync(command);
        }

        await person.InsistAsync("switch");
        await world.ShouldEndWellAsync(person, writers);
    }

    /// <summary>The short form: one move that is killed three times where it hurts most.</summary>
    [Fact]
    public async Task A_move_killed_in_the_copy_between_the_two_commits_of_a_switch_and_on_the_way_back_loses_nothing()
    {
        await using var world = await MoveWorld.CreateAsync();
        using var person = Operator.At(world);
        await using var writers = Writers.Start(world.Pair, clients: 2);

        await person.DieAsync("start --then-exit --skip-plan", "copy.chunk-done");
        await person.InsistAsync("start --then-exit --skip-plan");
        await person.InsistAsync("verify");
        await person.DieAsync("switch", "switch.closed");
        (await world.StatusAsync()).WritesAt.ShouldBe("nobody");
        await person.InsistAsync("resume");
        (await world.StatusAsync()).WritesAt.ShouldBe("target");
        await person.DieAsync("reverse", "switch.locked");
        (await world.StatusAsync()).WritesAt.ShouldBe("target");
        await person.InsistAsync("reverse");
        await person.InsistAsync("switch");

        await world.ShouldEndWellAsync(person, writers);
    }

    [Fact]
    public async Task A_pool_that_was_paused_by_a_program_that_is_killed_goes_on_by_itself()
    {
        await using var world = await MoveWorld.CreateAsync();
        await using var pool = await PgBouncerServer.StartAsync((await TestCluster.SharedAsync()).ConnectionString(world.Pair.Source.Address.Database));
        using var person = Operator.At(world, hooks: $"[{{ pgbouncer: '{pool.ConsoleUrl}', database: app, config: '{pool.ConfigFile}', timeout: 20s }}]");
        await person.InsistAsync("start --then-exit --skip-plan");
        await person.InsistAsync("verify");

        await person.DieAsync("switch", "switch.locked");

        await using var client = new Npgsql.NpgsqlConnection(pool.ConnectionString);
        await client.OpenAsync();
        (await client.ExecuteAsync("INSERT INTO counters VALUES (90, 1)", CancellationToken.None)).ShouldBe(1);
        await person.InsistAsync("switch");
        (await client.ExecuteAsync("INSERT INTO counters VALUES (91, 1)", CancellationToken.None)).ShouldBe(1);
        (await world.Pair.FromTargetAsync<long>("SELECT sum(n)::bigint FROM counters WHERE id IN (90, 91)")).ShouldBe(2);
    }

    // True when the point was passed and the fault met it.
    static async Task<bool> MeetAsync(MoveWorld world, Operator person, string command, string point, Fault fault, CutProxy[] proxies)
    {
        if (fault == Fault.ProgramKilled)
            return await person.RunAsync(command, $"{point}=kill") != 0;

        using var process = person.Start(command, $"{point}=wait:{person.HoldFile}");
        if (!await ReachedAsync(person, process))
            return false;
        switch (fault)
        {
            case Fault.SessionsEnded:
                foreach (var server in new[] { world.Pair.Source, world.Pair.Target })
                {
                    await using var session = await server.OpenAsync("test", CancellationToken.None);
                    await session.ExecuteAsync(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'pgsplit%' AND application_name NOT IN ('pgsplit test', 'pgsplit writer')",
                        CancellationToken.None);
                }

                break;
            case Fault.ConnectionsCut:
                foreach (var proxy in proxies)
                    proxy.Cut();
                break;
            case Fault.NetworkSilent:
                foreach (var proxy in proxies)
                    proxy.BlackHole();
                break;
        }

        File.Delete(person.HoldFile);
        if (fault == Fault.NetworkSilent)
        {
            await Task.Delay(3_000);
            foreach (var proxy in proxies)
                proxy.Mend();
        }

        await person.EndAsync(process);
        return true;
    }

    static async Task<bool> ReachedAsync(Operator person, Process process)
    {
        while (!File.Exists(person.HoldFile))
        {
            if (process.HasExited)
                return false;
            await Task.Delay(20);
        }

        return true;
    }
}

static class Endings
{
    /// <summary>Everything acknowledged is on the open side, once, and both sides are the same.</summary>
    public static async Task ShouldEndWellAsync(this MoveWorld world, Operator person, Writers writers)
    {
        var status = await world.StatusAsync();
        (status.State, status.WritesAt, status.Breaches).ShouldBe((nameof(MoveState.Switched), "target", 0));
        await writers.ShouldAllBeThereAsync(world.Pair.Target);
        await person.InsistAsync("verify");
        await world.ShouldBeAlikeAsync();
    }
}
