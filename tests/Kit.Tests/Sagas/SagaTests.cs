using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Kit.Sagas;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Kit.Tests.Sagas;

public sealed class SagaTests : IAsyncDisposable
{
    readonly ManualClock _clock = new();
    SagaWorld? _world;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_saga_of_a_type_runs_for_a_subject_and_another_when_it_has_ended()
    {
        var world = await WithAsync(s => s.AddSaga<Trip>(Trip.Type));
        var first = await world.StartAsync(Trip.Type, "s", new Trip.Data(false));
        var second = await world.StartAsync(Trip.Type, "s", new Trip.Data(false));

        (first.IsNew, second.IsNew, second.Id).ShouldBe((true, false, first.Id));
        (await world.StartAsync(Trip.Type, "other", new Trip.Data(false))).IsNew.ShouldBeTrue();
        await world.FinishAsync(_clock, first.Id);
        (await world.StartAsync(Trip.Type, "s", new Trip.Data(false))).IsNew.ShouldBeTrue();
    }

    [Fact]
    public async Task A_saga_whose_unit_of_work_fails_was_never_started()
    {
        var world = await WithAsync(s => s.AddSaga<Trip>(Trip.Type));

        await Should.ThrowAsync<InvalidDataException>(() => world.Sample.WriteAsync(async work =>
        {
            await world.Sagas.StartAsync(work, Trip.Type, "s", new Trip.Data(false));
            throw new InvalidDataException();
        }));

        (await world.Runner().RunOneAsync(Ct)).ShouldBeFalse();
    }

    [Fact]
    public async Task Data_goes_from_step_to_step_and_the_one_who_started_it_is_its_actor()
    {
        var world = await WithAsync(s => s.AddSaga<Trip>(Trip.Type));
        var person = Guid.CreateVersion7();
        var start = await world.Sample.Data.WriteAsync(
            new Caller { UserId = person, CorrelationId = "c" }, work => world.Sagas.StartAsync(work, Trip.Type, "s", new Trip.Data(false)), Ct);
        await world.FinishAsync(_clock, start.Id);

        (await world.Sample.Database.ScalarAsync<string>("SELECT concat(data ->> 'trace', actor_id, correlation_id) FROM sample_sagas"))
            .ShouldBe($"reserve;record;confirm;{person}c");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_signal_is_waited_for_and_one_that_came_early_is_kept(bool early)
    {
        var world = await WithAsync(s => s.AddSaga<Courier>(Courier.Type));
        var start = await world.StartAsync(Courier.Type, "s", new Courier.Data());
        (await world.SignalAsync(Courier.Type, "nobody", "delivered")).ShouldBeFalse();
        if (!early)
        {
            await RunAllAsync(world);
            (await world.Sagas.FindAsync(start.Id, Ct))!.State.ShouldBe("waiting");
        }

        (await world.SignalAsync(Courier.Type, "s", "delivered", new Courier.Delivered("Ada"))).ShouldBeTrue();
        await RunAllAsync(world);

        (await world.Sagas.FindAsync(start.Id, Ct))!.State.ShouldBe("done");
        (await world.Sample.Database.ScalarAsync<string>("SELECT data ->> 'to' FROM sample_sagas")).ShouldBe("Ada");
    }

    [Fact]
    public async Task A_signal_that_comes_while_the_step_decides_to_wait_is_not_lost()
    {
        var world = await WithAsync(s => s.AddSaga<Courier>(Courier.Type));
        var start = await world.StartAsync(Courier.Type, "s", new Courier.Data());
        var runner = world.Runner(async (point, _) =>
        {
            if (point == SagaPoint.Acted)
            {
                await world.SignalAsync(Courier.Type, "s", "delivered", new Courier.Delivered("Ada"));
            }
        });
        while (await runner.RunOneAsync(Ct))
        {
            // Without letting time go on: the signal alone wakes it.
        }

        (await world.Sagas.FindAsync(start.Id, Ct))!.State.ShouldBe("done");
    }

    [Fact]
    public async Task What_waits_too_long_is_undone()
    {
        var world = await WithAsync(s => s.AddSaga<Courier>(Courier.Type));
        var start = await world.StartAsync(Courier.Type, "s", new Courier.Data());
        await RunAllAsync(world);
        _clock.Advance(TimeSpan.FromMinutes(9));
        await RunAllAsync(world);
        (await world.Sagas.FindAsync(start.Id, Ct))!.State.ShouldBe("waiting");
        _clock.Advance(TimeSpan.FromMinutes(2));
        await RunAllAsync(world);

        var ended = await world.Sagas.FindAsync(start.Id, Ct);
        (ended!.State, ended.Reason).ShouldBe(("compensated", "'delivered' did not come in time"));
        (await world.Other.EffectsAsync("s")).ShouldBe(["send", "recall"]);
    }

    [Fact]
    public async Task A_fault_is_tried_again_later_and_later_and_after_some_tries_the_saga_is_undone()
    {
        var script = new Scripted.Script();
        script.Set("two.do", _ => throw new InvalidDataException("no luck"));
        var world = await WithAsync(s => s.AddSingleton(script).AddSaga<Scripted>(Scripted.Type));
        var start = await world.StartAsync(Scripted.Type, "s", new Scripted.Data());

        var ended = await world.FinishAsync(_clock, start.Id);

        (ended.State, ended.Reason).ShouldBe(("compensated", "no luck"));
        script.Ran("two.do").ShouldBe(new SagaTimes().MostAttempts);
        script.Order[^2..].ShouldBe(["two.undo", "one.undo"], "whether the last try had an effect is not known, so it is undone, too");
    }

    [Fact]
    public async Task Back_off_grows_to_a_minute()
    {
        var times = new SagaTimes();
        for (var attempt = 0; attempt < 12; attempt++)
        {
            var expected = Math.Min(60, Math.Pow(2, attempt));
            times.Backoff(attempt).TotalSeconds.ShouldBeInRange(expected * 0.8, expected * 1.2);
        }

        await ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData(409, "department_in_use", 1)]
    [InlineData(422, "validation_failed", 1)]
    [InlineData(503, null, 10)]
    [InlineData(403, "forbidden", 10)]
    public async Task A_clear_no_of_another_service_is_taken_at_once_and_an_absence_is_waited_out(int status, string? code, int tries)
    {
        var script = new Scripted.Script();
        script.Set("two.do", _ => throw new ServiceCallException("other", status, code, "no"));
        var world = await WithAsync(s => s.AddSingleton(script).AddSaga<Scripted>(Scripted.Type));

        var ended = await world.FinishAsync(_clock, (await world.StartAsync(Scripted.Type, "s", new Scripted.Data())).Id);

        ended.State.ShouldBe("compensated");
        script.Ran("two.do").ShouldBe(tries);
        script.Ran("two.undo").ShouldBe(tries == 1 ? 0 : 1);
    }

    [Fact]
    public async Task A_refusal_in_a_unit_of_work_undoes_what_was_before_it()
    {
        var script = new Scripted.Script();
        script.Set("three.do", _ => throw new Refusal(Codes.DepartmentInUse, "in use"));
        var world = await WithAsync(s => s.AddSingleton(script).AddSaga<Scripted>(Scripted.Type));

        await world.FinishAsync(_clock, (await world.StartAsync(Scripted.Type, "s", new Scripted.Data())).Id);

        script.Order.ShouldBe(["one.do", "two.do", "three.do", "two.undo", "one.undo"]);
    }

    [Fact]
    public async Task A_compensation_that_fails_for_long_is_stuck_until_somebody_lets_it_go_on()
    {
        var script = new Scripted.Script();
        script.Set("three.do", _ => throw new Refusal(Codes.DepartmentInUse, "in use"));
        script.Set("one.undo", _ => throw new InvalidDataException("can't be undone"));
        var world = await WithAsync(s => s.AddSingleton(script).AddSaga<Scripted>(Scripted.Type));
        var start = await world.StartAsync(Scripted.Type, "s", new Scripted.Data());

        var stuck = await world.FinishAsync(_clock, start.Id);
        (stuck.State, stuck.Step, stuck.Error, stuck.Reason).ShouldBe(("stuck", "one", "can't be undone", "in use"));
        (await world.StartAsync(Scripted.Type, "s", new Scripted.Data())).IsNew.ShouldBeFalse();

        script.Set("one.undo", null);
        (await world.Sagas.RetryAsync(Caller.System(), start.Id, force: false, Ct)).ShouldBe(SagaRetry.GoesOn);
        (await world.FinishAsync(_clock, start.Id)).State.ShouldBe("compensated");
        (await world.Sagas.RetryAsync(Caller.System(), start.Id, force: false, Ct)).ShouldBe(SagaRetry.NotStuck);
    }

    [Fact]
    public async Task Past_the_point_of_no_return_a_saga_is_stuck_rather_than_undone_and_goes_forward_again()
    {
        var script = new Scripted.Script { PivotAtTwo = true };
        script.Set("three.do", _ => throw new InvalidDataException("not yet"));
        var world = await WithAsync(s => s.AddSingleton(script).AddSaga<Scripted>(Scripted.Type));
        var start = await world.StartAsync(Scripted.Type, "s", new Scripted.Data());

        (await world.FinishAsync(_clock, start.Id)).State.ShouldBe("stuck");
        script.Order.ShouldNotContain("one.undo");

        script.Set("three.do", null);
        await world.Sagas.RetryAsync(Caller.System(), start.Id, force: false, Ct);
        (await world.FinishAsync(_clock, start.Id)).State.ShouldBe("done");
    }

    [Fact]
    public async Task A_call_whose_key_the_other_service_has_forgotten_is_repeated_only_by_force()
    {
        var script = new Scripted.Script();
        script.Set("three.do", _ => throw new Refusal(Codes.DepartmentInUse, "in use"));
        script.Set("one.undo", _ => throw new InvalidDataException("no answer"));
        var world = await WithAsync(s => s.AddSingleton(script).AddSaga<Scripted>(Scripted.Type));
        var start = await world.StartAsync(Scripted.Type, "s", new Scripted.Data());
        var began = _clock.GetUtcNow();
        await world.FinishAsync(_clock, start.Id);

        _clock.Advance(TimeSpan.FromDays(29));
        (await world.Sagas.RetryAsync(Caller.System(), start.Id, force: false, Ct)).ShouldBe(SagaRetry.GoesOn);
        (await world.FinishAsync(_clock, start.Id)).State.ShouldBe("stuck");

        // Since the call was first made, and not since it was last repeated.
        _clock.Advance(began + TimeSpan.FromDays(30) + TimeSpan.FromHours(1) - _clock.GetUtcNow());
        var ran = script.Ran("one.undo");
        (await world.Sagas.RetryAsync(Caller.System(), start.Id, force: false, Ct)).ShouldBe(SagaRetry.MayActTwice);
        (await world.FinishAsync(_clock, start.Id)).State.ShouldBe("stuck");
        script.Ran("one.undo").ShouldBe(ran);

        (await world.Sagas.RetryAsync(Caller.System(), start.Id, force: true, Ct)).ShouldBe(SagaRetry.GoesOn);
        (await world.FinishAsync(_clock, start.Id)).State.ShouldBe("stuck");
        (await world.Sagas.RetryAsync(Caller.System(), start.Id, force: false, Ct)).ShouldBe(SagaRetry.GoesOn, "its key is known again");
        script.Set("one.undo", null);
        (await world.FinishAsync(_clock, start.Id)).State.ShouldBe("compensated");
    }

    [Fact]
    public async Task A_unit_of_work_may_be_repeated_whenever_it_is()
    {
        var script = new Scripted.Script { PivotAtTwo = true };
        script.Set("three.do", _ => throw new InvalidDataException("not yet"));
        var world = await WithAsync(s => s.AddSingleton(script).AddSaga<Scripted>(Scripted.Type));
        var start = await world.StartAsync(Scripted.Type, "s", new Scripted.Data());
        await world.FinishAsync(_clock, start.Id);

        _clock.Advance(TimeSpan.FromDays(400));

        (await world.Sagas.RetryAsync(Caller.System(), start.Id, force: false, Ct)).ShouldBe(SagaRetry.GoesOn);
    }

    [Fact]
    public async Task A_saga_at_a_step_that_the_program_does_not_know_is_stuck_and_says_so()
    {
        var world = await WithAsync(s => s.AddSaga<Trip>(Trip.Type));
        var start = await world.StartAsync(Trip.Type, "s", new Trip.Data(false));
        await world.Sample.Database.ExecuteAsync("UPDATE sample_sagas SET step = 'gone'");

        var stuck = await world.FinishAsync(_clock, start.Id);

        (stuck.State, stuck.Error).ShouldBe(("stuck", "This program knows no step 'gone' of trip."));
    }

    [Fact]
    public async Task Two_runners_at_once_end_many_sagas_with_each_effect_once()
    {
        // Looking by themselves once an hour: what wakes them is the commit.
        _world = await SagaWorld.StartAsync(TimeProvider.System, s => s.AddSaga<Trip>(Trip.Type), new SagaTimes { Look = TimeSpan.FromHours(1) });
        using var one = _world.Runner();
        using var two = _world.Runner();
        await Task.WhenAll(one.StartAsync(Ct), two.StartAsync(Ct));

        await Task.WhenAll(Enumerable.Range(0, 60).Select(n => _world.StartAsync(Trip.Type, $"{n}", new Trip.Data(Refused: n % 3 == 0))));
        await Eventually.TrueAsync(
            async () => await _world.Sample.Database.ScalarAsync<long>("SELECT count(*) FROM sample_sagas WHERE finished_at IS NULL") == 0, "all sagas have ended", 60);
        await Task.WhenAll(one.StopAsync(Ct), two.StopAsync(Ct));

        for (var n = 0; n < 60; n++)
        {
            (await _world.Other.EffectsAsync($"{n}")).ShouldBe(n % 3 == 0
                ? ["reserve", "record", "undo record", "undo reserve"]
                : ["reserve", "record", "confirm"]);
        }

        _world.Other.Calls.Values.ShouldAllBe(n => n == 1);
    }

    [Fact]
    public void A_step_must_have_a_name_that_can_stand_in_a_key() =>
        Should.Throw<ArgumentException>(() => new SagaStep<Trip.Data>("Not a name", false, null, null, null, null));

    async Task<SagaWorld> WithAsync(Action<IServiceCollection> sagas) => _world = await SagaWorld.StartAsync(_clock, sagas);

    static async Task RunAllAsync(SagaWorld world)
    {
        var runner = world.Runner();
        while (await runner.RunOneAsync(Ct))
        {
            // Until nothing is due.
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_world is not null)
        {
            await _world.DisposeAsync();
        }
    }

    sealed class Courier(OtherSide other) : Saga<Courier.Data>
    {
        public const string Type = "courier";

        public sealed record Data(string? To = null);

        public sealed record Delivered(string To);

        public override IReadOnlyList<SagaStep<Data>> Steps =>
        [
            Call("send", async (saga, _) =>
            {
                await other.EffectAsync(saga.Key, saga.Subject, "send");
                return saga.Done();
            }, undo: async (saga, _) =>
            {
                await other.EffectAsync(saga.Key, saga.Subject, "recall");
                return saga.Done();
            }),
            Work("arrive", (_, saga) => Task.FromResult(
                saga.Signal<Delivered>("delivered") is { } delivered
                    ? saga.Done(new Data(delivered.To))
                    : saga.Wait("delivered", TimeSpan.FromMinutes(10)))),
        ];
    }

    /// <summary>Three steps, a call, a call and a unit of work, that do as a test says.</summary>
    sealed class Scripted(Scripted.Script script) : Saga<Scripted.Data>
    {
        public const string Type = "scripted";

        public sealed record Data;

        public override IReadOnlyList<SagaStep<Data>> Steps =>
        [
            Call("one", (saga, _) => script.RunAsync("one.do", saga), (saga, _) => script.RunAsync("one.undo", saga)),
            Call("two", (saga, _) => script.RunAsync("two.do", saga), (saga, _) => script.RunAsync("two.undo", saga), pivot: script.PivotAtTwo),
            Work("three", (_, saga) => script.RunAsync("three.do", saga)),
        ];

        public sealed class Script
        {
            readonly Dictionary<string, Func<SagaContext<Data>, SagaResult<Data>>?> _steps = new(StringComparer.Ordinal);

            public bool PivotAtTwo { get; init; }

            public List<string> Order { get; } = [];

            public void Set(string step, Func<SagaContext<Data>, SagaResult<Data>>? run) => _steps[step] = run;

            public int Ran(string step) => Order.Count(s => s == step);

            public Task<SagaResult<Data>> RunAsync(string step, SagaContext<Data> saga)
            {
                Order.Add(step);
                return Task.FromResult(_steps.GetValueOrDefault(step)?.Invoke(saga) ?? saga.Done());
            }
        }
    }
}
