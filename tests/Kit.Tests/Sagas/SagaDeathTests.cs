using Hdms.Kit.Sagas;

namespace Hdms.Kit.Tests.Sagas;

public sealed class SagaDeathTests : IAsyncLifetime
{
    readonly ManualClock _clock = new();
    SagaWorld _world = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _world = await SagaWorld.StartAsync(_clock, s => s.AddSaga<Trip>(Trip.Type));

    [Theory]
    [InlineData(false, nameof(SagaPoint.Claimed))]
    [InlineData(false, nameof(SagaPoint.Acted))]
    [InlineData(false, nameof(SagaPoint.Moved))]
    [InlineData(true, nameof(SagaPoint.Claimed))]
    [InlineData(true, nameof(SagaPoint.Acted))]
    [InlineData(true, nameof(SagaPoint.Moved))]
    public async Task Whenever_its_runner_dies_another_ends_the_saga_with_each_effect_once(bool refused, string at)
    {
        var point = Enum.Parse<SagaPoint>(at);
        string[] expected = refused ? ["reserve", "record", "undo record", "undo reserve"] : ["reserve", "record", "confirm"];
        var steps = refused ? 5 : 3;
        for (var dies = 1; dies <= steps; dies++)
        {
            var subject = $"dies at step {dies}";
            var id = (await _world.StartAsync(Trip.Type, subject, new Trip.Data(refused))).Id;
            await DieAsync(point, dies);

            // Before the lease is over nobody touches it, unless it had moved.
            (await _world.Runner().RunOneAsync(Ct)).ShouldBe(point == SagaPoint.Moved && dies < steps);
            _clock.Advance(new SagaTimes().Lease + TimeSpan.FromSeconds(1));

            (await _world.FinishAsync(_clock, id)).State.ShouldBe(refused ? "compensated" : "done");
            (await _world.Other.EffectsAsync(subject)).ShouldBe(expected);
        }
    }

    [Fact]
    public async Task A_call_that_was_repeated_after_a_death_came_with_the_same_key()
    {
        var start = await _world.StartAsync(Trip.Type, "s", new Trip.Data(false));
        await DieAsync(SagaPoint.Acted, 1);
        _clock.Advance(TimeSpan.FromMinutes(2));
        await _world.FinishAsync(_clock, start.Id);

        _world.Other.Calls[$"{start.Id:N}.reserve.do"].ShouldBe(2);
        _world.Other.Calls.Keys.ShouldBe([$"{start.Id:N}.reserve.do", $"{start.Id:N}.confirm.do"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_call_that_nobody_heard_of_again_is_undone_when_its_repetition_says_no()
    {
        var start = await _world.StartAsync(Trip.Type, "s", new Trip.Data(false));
        await DieAsync(SagaPoint.Acted, 1);
        await _world.Sample.Database.ExecuteAsync("""UPDATE sample_sagas SET data = '{"refused": false, "says_no": true}'""");
        _clock.Advance(TimeSpan.FromMinutes(2));

        (await _world.FinishAsync(_clock, start.Id)).State.ShouldBe("compensated");
        (await _world.Other.EffectsAsync("s")).ShouldBe(["reserve", "undo reserve"]);
    }

    [Fact]
    public async Task A_runner_that_was_thought_dead_and_comes_back_moves_nothing()
    {
        var start = await _world.StartAsync(Trip.Type, "s", new Trip.Data(false));
        var sleeping = new TaskCompletionSource();
        var asleep = new TaskCompletionSource();
        var slow = _world.Runner(async (point, _) =>
        {
            if (point == SagaPoint.Acted)
            {
                asleep.TrySetResult();
                await sleeping.Task.WaitAsync(Ct);
            }
        }).RunOneAsync(Ct);
        await asleep.Task.WaitAsync(Ct);
        _clock.Advance(TimeSpan.FromMinutes(2));
        var ended = await _world.FinishAsync(_clock, start.Id);
        sleeping.SetResult();
        await slow;

        ended.State.ShouldBe("done");
        (await _world.Sagas.FindAsync(start.Id, Ct)).ShouldBe(ended);
        (await _world.Other.EffectsAsync("s")).ShouldBe(["reserve", "record", "confirm"]);
    }

    [Fact]
    public async Task A_program_that_ends_gives_its_saga_back_at_once()
    {
        var start = await _world.StartAsync(Trip.Type, "s", new Trip.Data(false));
        using var ending = new CancellationTokenSource();
        var runner = _world.Runner(async (point, _) =>
        {
            if (point == SagaPoint.Acted)
            {
                await ending.CancelAsync();
                ending.Token.ThrowIfCancellationRequested();
            }
        });
        await Should.ThrowAsync<OperationCanceledException>(() => runner.RunOneAsync(ending.Token));

        (await _world.Runner().RunOneAsync(Ct)).ShouldBeTrue();
        (await _world.FinishAsync(_clock, start.Id)).State.ShouldBe("done");
    }

    /// <summary>Runs until the runner dies at this point of its n-th step.</summary>
    async Task DieAsync(SagaPoint at, int step)
    {
        var steps = 0;
        var runner = _world.Runner((point, _) =>
        {
            steps += point == SagaPoint.Claimed ? 1 : 0;
            return steps == step && point == at ? throw new RunnerStopped() : Task.CompletedTask;
        });
        await Should.ThrowAsync<RunnerStopped>(async () =>
        {
            while (await runner.RunOneAsync(Ct))
            {
                // Until it dies.
            }
        });
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();
}
