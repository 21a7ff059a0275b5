using Npgsql;
using PgSplit.Control;
using PgSplit.Pg;

namespace PgSplit.Tests;

/// <summary>Who writes or reads in the very moment of a switch.</summary>
public sealed class WaitingWritersTests
{
    static readonly CancellationToken Ct = CancellationToken.None;

    [Fact]
    [Trait("Case", "89"), Trait("Case", "91")]
    public async Task Writers_that_wait_for_the_switchs_lock_are_told_the_route_and_not_of_a_right_and_readers_do_not_wait()
    {
        await using var world = await MoveWorld.CreateAsync();
        await world.Pair.OnSourceAsync(
            """
            DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'waiting_app') THEN CREATE ROLE waiting_app LOGIN; END IF; END $$;
            GRANT USAGE ON SCHEMA public TO waiting_app; GRANT SELECT, INSERT, UPDATE, TRUNCATE ON ALL TABLES IN SCHEMA public TO waiting_app; GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO waiting_app;
            """);
        await using var move = await world.InSyncAsync();
        await move.VerifyAsync(Ct);
        await using var reader = await SwitchedWorld.OpenAsync(world, "waiting_app");
        var writers = new List<(NpgsqlConnection Session, Task Waiting)>();
        Failpoint.Observer.Value = async point =>
        {
            if (point != "switch.drained" || writers.Count > 0)
                return;
            foreach (var statement in new[] { "INSERT INTO orders (customer_id) VALUES (1)", "UPDATE counters SET n = n + 1", "COPY counters FROM STDIN", "TRUNCATE events_a" })
            {
                var writer = await SwitchedWorld.OpenAsync(world, "waiting_app");
                writers.Add((writer, Task.Run(() => WriteAsync(writer, statement), Ct)));
                await Hdms.Testing.Eventually.ShouldAsync(async () => await world.Pair.FromSourceAsync<bool>($"SELECT EXISTS (SELECT FROM pg_locks WHERE pid = {writer.ProcessID} AND NOT granted)"));
            }

            await SwitchedWorld.RunAsync(reader, "SET statement_timeout = '5s'; SELECT count(*) FROM orders JOIN customers c ON c.id = customer_id");
        };

        (await move.SwitchAsync(Side.Source, dryRun: false, 0, Ct)).Owner.ShouldBe("T");

        foreach (var (session, waiting) in writers)
        {
            (await Should.ThrowAsync<PostgresException>(() => waiting)).SqlState.ShouldBe("PS001");
            await session.DisposeAsync();
        }

        writers.Count.ShouldBe(4);
        await world.ShouldBeAlikeAsync();
    }

    [Fact]
    [Trait("Case", "84"), Trait("Case", "91")]
    public async Task Writers_that_waited_for_a_switch_that_was_called_off_go_on_as_if_nothing_had_been()
    {
        await using var world = await MoveWorld.CreateAsync();
        world.Definition = world.Definition with { Options = new MoveOptions { PauseBudget = TimeSpan.FromSeconds(2) } };
        await using var move = await world.InSyncAsync();
        await move.VerifyAsync(Ct);
        await using var writer = await SwitchedWorld.OpenAsync(world, "superuser");
        Task? waiting = null;
        Failpoint.Observer.Value = async point =>
        {
            if (point != "switch.locked")
                return;
            await move.Streams!.Forward.Gate.HoldAsync(Ct);
            waiting = Task.Run(() => WriteAsync(writer, "INSERT INTO counters VALUES (50, 1)"), Ct);
        };

        var refused = await Should.ThrowAsync<PgSplitException>(move.SwitchAsync(Side.Source, dryRun: false, 0, Ct));

        refused.Message.ShouldContain("did not drain");
        await waiting!;
        Failpoint.Observer.Value = null;
        move.Streams!.Forward.Gate.Release();
        (await world.StatusAsync()).ShouldSatisfyAllConditions(s => s.WritesAt.ShouldBe("source"), s => s.State.ShouldBe("InSync"), s => s.Epoch.ShouldBe(1));
        (await move.SwitchAsync(Side.Source, dryRun: false, 0, Ct)).Owner.ShouldBe("T");
        (await world.Pair.FromTargetAsync<long>("SELECT n FROM counters WHERE id = 50")).ShouldBe(1);
    }

    static async Task WriteAsync(NpgsqlConnection session, string statement)
    {
        if (!statement.StartsWith("COPY", StringComparison.Ordinal))
        {
            await SwitchedWorld.RunAsync(session, statement);
            return;
        }

        await using var rows = await session.BeginTextImportAsync(statement);
        await rows.WriteAsync("77\t1\n");
    }
}
