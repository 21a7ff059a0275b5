using Hdms.Testing;
using PgSplit.Control;
using PgSplit.Pg;

namespace PgSplit.Tests;

/// <summary>Several terminals and one move: who has it does what the others ask.</summary>
public sealed class SteerTests
{
    static readonly CancellationToken Ct = CancellationToken.None;
    static readonly VerbArguments Nothing = new();

    [Fact]
    public async Task A_verb_is_done_by_the_process_that_has_the_move()
    {
        await using var world = await MoveWorld.CreateAsync();
        (await StartAsync(world)).Here.ShouldBeTrue();
        await using var host = await Host.StartAsync(world);
        var said = new List<string>();

        // At once, from two terminals: one after the other.
        var answers = await Task.WhenAll(SteerAsync(world, "verify"), SteerAsync(world, "verify"));
        var switched = await Steer.RunAsync(world.Definition, "switch", Nothing, null, said.Add, Ct);

        answers.ShouldAllBe(a => !a.Here && a.Answer<VerifyAnswer>().Rows > 3900);
        switched.Here.ShouldBeFalse();
        switched.Answer<Switch.SwitchReport>().ShouldSatisfyAllConditions(r => r.Owner.ShouldBe("T"), r => r.Pause!.Value.ShouldBeGreaterThan(TimeSpan.Zero));
        var refused = await Should.ThrowAsync<PgSplitException>(SteerAsync(world, "cancel"));
        (refused.ExitCode, refused.Remedy).ShouldBe((ExitCode.Refused, "pgsplit reverse, then cancel"));
        await SteerAsync(world, "complete");
        // Nothing is left to be hosted.
        await host.Running;
    }

    [Fact]
    public async Task Whoever_asked_does_it_himself_when_the_process_goes_in_the_middle_of_it()
    {
        await using var world = await MoveWorld.CreateAsync();
        await StartAsync(world);
        await using var host = await Host.StartAsync(world, holdsAt: "verify.compared");
        var asked = SteerAsync(world, "verify");
        await host.HeldAsync();
        (await world.StatusAsync()).Doing!.ShouldStartWith("verify");

        await host.DisposeAsync();

        (await asked).ShouldSatisfyAllConditions(a => a.Here.ShouldBeTrue(), a => a.Answer<VerifyAnswer>().Rows.ShouldBeGreaterThan(3900));
        (await world.StatusAsync()).ShouldSatisfyAllConditions(s => s.Verification.State.ShouldBe("verified"), s => s.Doing.ShouldBeNull());
    }

    [Fact]
    public async Task Who_asked_may_go_and_it_is_done_all_the_same()
    {
        await using var world = await MoveWorld.CreateAsync();
        await StartAsync(world);
        await using var host = await Host.StartAsync(world, holdsAt: "verify.compared");
        using var stop = new CancellationTokenSource();
        var asked = SteerAsync(world, "verify", stop.Token);
        await host.HeldAsync();
        await stop.CancelAsync();

        var interrupted = await Should.ThrowAsync<PgSplitException>(asked);
        host.Release();

        interrupted.ShouldSatisfyAllConditions(e => e.ExitCode.ShouldBe(ExitCode.Interrupted), e => e.Message.ShouldBe("interrupted; the process that has the move goes on with verify"));
        await Eventually.ShouldAsync(async () => (await world.StatusAsync()) is { Doing: null, Verification.State: "verified" });
    }

    [Fact]
    public async Task What_nobody_waits_for_any_more_is_not_done_late()
    {
        await using var world = await MoveWorld.CreateAsync();
        await StartAsync(world);
        await world.Pair.OnTargetAsync($"INSERT INTO pgsplit.request (move_id, verb, asked_at) VALUES ('{world.Definition.Id}', 'cancel', clock_timestamp() - interval '31 seconds')");

        await using var host = await Host.StartAsync(world);

        await Eventually.ShouldAsync(() => world.Pair.FromTargetAsync<bool>("SELECT exit_code = 3 FROM pgsplit.request WHERE verb = 'cancel'"));
        (await world.Pair.FromTargetAsync<string>("SELECT answer->>'message' FROM pgsplit.request WHERE verb = 'cancel'"))!.ShouldContain("it was dropped");
        (await world.StatusAsync()).State.ShouldBe("InSync");
    }

    [Fact]
    public async Task Cancelling_does_not_wait_for_a_copy_to_end()
    {
        await using var world = await MoveWorld.CreateAsync();
        await using var host = new Host(world, "copy.keys", () => StartAsync(world));
        await host.HeldAsync();

        var cancelling = SteerAsync(world, "cancel");
        // Held until it is told to give way, so that it can't have come to its end before.
        await Eventually.ShouldAsync(() => world.Pair.FromTargetAsync<bool>("SELECT EXISTS (SELECT FROM pgsplit.request WHERE verb = 'cancel' AND begun_at IS NULL)"));
        await Task.Delay(TimeSpan.FromMilliseconds(600));
        host.Release();

        await cancelling;
        (await Should.ThrowAsync<PgSplitException>(host.Running)).Message.ShouldBe("start was interrupted: another terminal cancels the move");
        (await world.StatusAsync()).State.ShouldBe("Cancelled");
    }

    [Fact]
    public async Task A_second_host_takes_over_from_the_first()
    {
        await using var world = await MoveWorld.CreateAsync();
        await StartAsync(world);
        await using var first = await Host.StartAsync(world);
        var before = (await world.StatusAsync()).Process;
        await using var second = new Host(world, null, null);
        await Eventually.ShouldAsync(() => Task.FromResult(second.Said.Any(s => s.Contains("takes over when that ends", StringComparison.Ordinal))));

        await first.DisposeAsync();

        await Eventually.ShouldAsync(async () => (await world.StatusAsync()).Process is { } now && now != before);
        (await SteerAsync(world, "verify")).Here.ShouldBeFalse();
    }

    static Task<Steered> StartAsync(MoveWorld world) => SteerAsync(world, "start");

    static Task<Steered> SteerAsync(MoveWorld world, string verb, CancellationToken ct = default) => Steer.RunAsync(world.Definition, verb, Nothing, null, null, ct);

    /// <summary>A process that has the move, as far as one can be within another: it may be held at a point.</summary>
    sealed class Host : IAsyncDisposable
    {
        readonly CancellationTokenSource _stop = new();
        readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously), _go = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Host(MoveWorld world, string? holdsAt, Func<Task>? instead) => Running = Task.Run(async () =>
        {
            Failpoint.Observer.Value = async point =>
            {
                if (point != holdsAt)
                    return;
                _held.TrySetResult();
                await _go.Task;
            };
            await (instead?.Invoke() ?? MoveHost.RunAsync(world.Definition, null, s => { lock (Said) Said.Add(s); }, _stop.Token));
        });

        public Task Running { get; }

        public List<string> Said { get; } = [];

        public static async Task<Host> StartAsync(MoveWorld world, string? holdsAt = null)
        {
            var host = new Host(world, holdsAt, null);
            await Eventually.ShouldAsync(async () => (await world.StatusAsync()).Process is not null);
            return host;
        }

        public Task HeldAsync() => _held.Task.WaitAsync(TimeSpan.FromMinutes(3));

        public void Release() => _go.TrySetResult();

        public async ValueTask DisposeAsync()
        {
            if (!_stop.IsCancellationRequested)
                await _stop.CancelAsync();
            // Only now, when all that runs knows.
            _go.TrySetCanceled();
            await Task.WhenAny(Running);
        }
    }
}
