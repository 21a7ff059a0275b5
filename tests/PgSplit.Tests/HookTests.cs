using System.Text.Json;
using Hdms.Testing;
using Microsoft.AspNetCore.Builder;
using Npgsql;
using PgSplit.Control;
using PgSplit.Pg;

namespace PgSplit.Tests;

/// <summary>What stands outside of a switch is told of it (PROTOCOL 1.8 steps 2 and 11, case 94).</summary>
public sealed class HookTests
{
    static readonly CancellationToken Ct = CancellationToken.None;

    [Fact]
    [Trait("Case", "94")]
    public async Task Clients_of_a_PgBouncer_that_know_nothing_of_the_move_see_no_error_at_a_switch_there_or_back()
    {
        await using var world = await MoveWorld.CreateAsync();
        await using var pool = await PoolAsync(world);
        Use(world, PoolHook(pool));
        await using var move = await world.InSyncAsync();
        await move.VerifyAsync(Ct);
        await using var clients = PoolClients.Start(pool);

        foreach (var closing in new[] { Side.Source, Side.Target, Side.Source })
        {
            var before = clients.Acknowledged;
            (await move.SwitchAsync(closing, dryRun: false, 0, Ct)).ShouldSatisfyAllConditions(r => r.Pause.ShouldNotBeNull(), r => r.HookFailures.ShouldBeEmpty());
            await Eventually.ShouldAsync(() => Task.FromResult(clients.Acknowledged > before + 40 || clients.Errors.Count > 0));
        }

        await clients.StopAsync();
        clients.Errors.ShouldBeEmpty();
        (await world.Pair.FromTargetAsync<long>("SELECT count(*) FROM ledger")).ShouldBe(clients.Acknowledged);
        (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);
    }

    [Fact]
    [Trait("Case", "94")]
    public async Task A_pool_is_resumed_when_the_switch_is_called_off()
    {
        await using var world = await MoveWorld.CreateAsync();
        await using var pool = await PoolAsync(world);
        Use(world, PoolHook(pool));
        await using var move = await world.InSyncAsync();
        await move.VerifyAsync(Ct);
        Failpoint.Observer.Value = point => point == "switch.drained" ? throw new IOException("planted") : Task.CompletedTask;

        await Should.ThrowAsync<IOException>(move.SwitchAsync(Side.Source, dryRun: false, 0, Ct));

        await using var client = await OpenAsync(pool);
        (await client.ExecuteAsync("INSERT INTO counters VALUES (70, 1)", Ct)).ShouldBe(1);
        (await world.Pair.FromSourceAsync<long>("SELECT n FROM counters WHERE id = 70")).ShouldBe(1);
    }

    [Fact]
    [Trait("Case", "94")]
    public async Task A_pool_that_can_not_be_paused_in_time_calls_the_switch_off_and_goes_on()
    {
        await using var world = await MoveWorld.CreateAsync();
        await using var pool = await PoolAsync(world);
        Use(world, PoolHook(pool) with { Timeout = TimeSpan.FromMilliseconds(500) });
        await using var move = await world.InSyncAsync();
        await move.VerifyAsync(Ct);
        await using var idle = await OpenAsync(pool);
        // Of no table that moves: it is the pool alone that waits for it.
        await idle.ExecuteAsync("BEGIN; SELECT 1", Ct);

        var refused = await Should.ThrowAsync<PgSplitException>(move.SwitchAsync(Side.Source, dryRun: false, 0, Ct));

        refused.Message.ShouldContain("longer than 0.5 s");
        await idle.ExecuteAsync("COMMIT", Ct);
        await using var client = await OpenAsync(pool);
        (await client.ExecuteAsync("INSERT INTO counters VALUES (71, 1)", Ct)).ShouldBe(1);
        (await world.StatusAsync()).WritesAt.ShouldBe("source");
    }

    [Fact]
    [Trait("Case", "94")]
    public async Task A_command_is_told_the_move_its_epoch_and_the_new_address()
    {
        await using var world = await MoveWorld.CreateAsync();
        var said = Path.GetTempFileName();
        Use(world, new Hook { When = HookMoment.AfterOpen, Command = $"echo \"$PGSPLIT_MOVE $PGSPLIT_EPOCH $PGSPLIT_OWNER $PGSPLIT_ADDRESS\" > {said}" });
        await using var move = await world.InSyncAsync();
        await move.VerifyAsync(Ct);

        await move.SwitchAsync(Side.Source, dryRun: false, 0, Ct);

        (await File.ReadAllTextAsync(said, Ct)).Trim().ShouldBe($"{world.Definition.Id} 2 T {world.Pair.Target.Address.Route}");
        File.Delete(said);
    }

    [Fact]
    [Trait("Case", "94")]
    public async Task A_URL_is_sent_the_same_as_JSON()
    {
        await using var world = await MoveWorld.CreateAsync();
        var received = new TaskCompletionSource<JsonElement>();
        await using var app = WebApplication.CreateSlimBuilder().Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapPost("/moved", (JsonElement told) => received.SetResult(told));
        await app.StartAsync(Ct);
        Use(world, new Hook { When = HookMoment.AfterOpen, Url = new Uri($"{app.Urls.First()}/moved") });
        await using var move = await world.InSyncAsync();
        await move.VerifyAsync(Ct);

        (await move.SwitchAsync(Side.Source, dryRun: false, 0, Ct)).HookFailures.ShouldBeEmpty();

        var body = await received.Task;
        body.GetProperty("move").GetString().ShouldBe(world.Definition.Id);
        body.GetProperty("epoch").GetInt64().ShouldBe(2);
        body.GetProperty("owner").GetString().ShouldBe("T");
        body.GetProperty("address").GetString().ShouldBe(world.Pair.Target.Address.Route);
    }

    [Theory]
    [Trait("Case", "94")]
    [InlineData(nameof(HookMoment.Pre), Traits = ["Category", "Long"])]
    [InlineData(nameof(HookMoment.BeforeFence))]
    public async Task A_hook_that_fails_before_the_fence_calls_the_switch_off(string moment)
    {
        await using var world = await MoveWorld.CreateAsync();
        Use(world, new Hook { When = Enum.Parse<HookMoment>(moment), Command = "echo no lift today >&2; exit 3" });
        await using var move = await world.InSyncAsync();
        await move.VerifyAsync(Ct);

        var refused = await Should.ThrowAsync<PgSplitException>(move.SwitchAsync(Side.Source, dryRun: false, 0, Ct));

        refused.Message.ShouldContain("it ended with 3: no lift today");
        (await world.StatusAsync()).ShouldSatisfyAllConditions(s => s.WritesAt.ShouldBe("source"), s => s.State.ShouldBe("InSync"));
        await world.Pair.OnSourceAsync("INSERT INTO counters VALUES (72, 1)");
    }

    [Fact]
    [Trait("Case", "94")]
    public async Task A_hook_that_fails_after_the_switch_is_tried_three_times_and_told_and_undoes_nothing()
    {
        await using var world = await MoveWorld.CreateAsync();
        var tries = Path.GetTempFileName();
        Use(world, new Hook { When = HookMoment.AfterOpen, Command = $"echo x >> {tries}; exit 1" });
        await using var move = await world.InSyncAsync();
        await move.VerifyAsync(Ct);

        var report = await move.SwitchAsync(Side.Source, dryRun: false, 0, Ct);

        report.HookFailures.ShouldHaveSingleItem().ShouldContain("it ended with 1");
        (await File.ReadAllLinesAsync(tries, Ct)).Length.ShouldBe(3);
        (await world.StatusAsync()).WritesAt.ShouldBe("target");
        File.Delete(tries);
    }

    static async Task<PgBouncerServer> PoolAsync(MoveWorld world) =>
        await PgBouncerServer.StartAsync((await TestCluster.SharedAsync()).ConnectionString(world.Pair.Source.Address.Database), Ct);

    static Hook PoolHook(PgBouncerServer pool) => new()
    {
        When = HookMoment.BeforeFence,
        PgBouncer = PgAddress.Parse(pool.ConsoleUrl),
        PgBouncerDatabase = "app",
        PgBouncerConfig = pool.ConfigFile,
        Timeout = TimeSpan.FromSeconds(30),
    };

    static void Use(MoveWorld world, Hook hook) => world.Definition = world.Definition with { Hooks = [hook] };

    static async Task<NpgsqlConnection> OpenAsync(PgBouncerServer pool)
    {
        var client = new NpgsqlConnection(pool.ConnectionString);
        await client.OpenAsync(Ct);
        return client;
    }
}

/// <summary>Programs as they mostly are: they write through a pool, and take any error for one.</summary>
sealed class PoolClients : IAsyncDisposable
{
    readonly CancellationTokenSource _stop = new();
    readonly List<Task> _running;
    int _acknowledged;

    PoolClients(PgBouncerServer pool, int clients) => _running = [.. Enumerable.Range(0, clients).Select(c => Task.Run(() => WriteAsync(pool, c)))];

    public int Acknowledged => Volatile.Read(ref _acknowledged);

    public List<string> Errors { get; } = [];

    public static PoolClients Start(PgBouncerServer pool) => new(pool, clients: 4);

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    async Task WriteAsync(PgBouncerServer pool, int client)
    {
        try
        {
            await using var session = new NpgsqlConnection(pool.ConnectionString);
            await session.OpenAsync();
            for (var seq = 1; !_stop.IsCancellationRequested; seq++)
            {
                await session.ExecuteAsync($"INSERT INTO ledger VALUES ({client}, {seq}, 1)", CancellationToken.None);
                Interlocked.Increment(ref _acknowledged);
                // All out, they would take the processor from what is tested.
                await Task.Delay(5);
            }
        }
        catch (Exception e)
        {
            lock (Errors)
                Errors.Add(e.Message);
        }
    }
}
