using FsCheck;
using FsCheck.Fluent;
using Hdms.Kit.Database;
using Hdms.Kit.Sagas;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Kit.Tests.Sagas;

public sealed class SagaPropertyTests : IAsyncLifetime
{
    readonly ManualClock _clock = new();
    readonly Fate _fate = new();
    SagaWorld _world = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _world = await SagaWorld.StartAsync(
        _clock, s => s.AddSingleton(_fate).AddSaga<Fated>(Fated.Type), new SagaTimes { MostAttempts = 3 });

    [Fact]
    public void Whatever_fails_and_dies_a_saga_ends_done_or_undone_and_never_half() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(60),
            Prop.ForAll(Runs().ToArbitrary(), run => Task.Run(() => EndsWholeAsync(run), Ct)));

    static Gen<Run> Runs() =>
        from calls in Gen.ArrayOf(Gen.Elements(true, false), 4)
        from blows in Gen.Frequency((3, Gen.Constant(Blow.None)), (7, Gen.Elements(Enum.GetValues<Blow>()))).ListOf()
        select new Run(calls, [.. blows]);

    async Task EndsWholeAsync(Run run)
    {
        _fate.Begin(run);
        var subject = Guid.CreateVersion7().ToString();
        var id = (await _world.StartAsync(Fated.Type, subject, new Fated.Data())).Id;
        var ended = await RunAsync(id);
        var effects = await _world.Other.EffectsAsync(subject);
        var done = effects.Where(e => !e.StartsWith("undo ", StringComparison.Ordinal)).ToArray();
        var undone = effects.Except(done).Select(e => e["undo ".Length..]).ToArray();

        if (ended == "done")
        {
            done.ShouldBe(Fated.Names);
            undone.ShouldBeEmpty();
        }
        else
        {
            ended.ShouldBe("compensated");
            done.ShouldBe(Fated.Names.Take(done.Length));
            done.ShouldBeSubsetOf(undone);
            undone.ShouldBe(undone.OrderDescending(StringComparer.Ordinal));
        }
    }

    /// <summary>Runners come, and some die; time goes on when nothing is due.</summary>
    async Task<string> RunAsync(Guid id)
    {
        for (var i = 0; i < 1000; i++)
        {
            try
            {
                if (!await _world.Runner(_fate.ReachedAsync).RunOneAsync(Ct))
                {
                    _clock.Advance(TimeSpan.FromSeconds(75));
                }
            }
            catch (RunnerStopped)
            {
                // The next one takes over when the lease is over.
            }

            var state = (await _world.Sagas.FindAsync(id, Ct))!.State;
            if (state is "done" or "compensated" or "stuck")
            {
                return state;
            }
        }

        return "no end";
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    /// <summary>What befalls one run of a step, or of its compensation.</summary>
    enum Blow
    {
        None,
        FaultBefore,
        FaultAfter,
        No,
        Later,
        DiesBefore,
        DiesActed,
        DiesAfter,
    }

    /// <param name="Calls">For each step whether it is a call; else it is a unit of work.</param>
    sealed record Run(bool[] Calls, Blow[] Blows)
    {
        public override string ToString() => $"steps {string.Join(',', Calls.Select(c => c ? "call" : "work"))}; {string.Join(',', Blows)}";
    }

    sealed class Fate
    {
        Queue<Blow> _blows = new();

        public IReadOnlyList<bool> Calls { get; private set; } = [];

        public Blow Now { get; private set; }

        public void Begin(Run run)
        {
            Calls = run.Calls;
            _blows = new Queue<Blow>(run.Blows);
        }

        public Task ReachedAsync(SagaPoint point, SagaRow row)
        {
            if (point == SagaPoint.Claimed)
            {
                Now = _blows.TryDequeue(out var next) ? next : Blow.None;
            }

            var dies = (point, Now) is (SagaPoint.Claimed, Blow.DiesBefore) or (SagaPoint.Acted, Blow.DiesActed) or (SagaPoint.Moved, Blow.DiesAfter);
            return dies ? throw new RunnerStopped() : Task.CompletedTask;
        }
    }

    sealed class Fated(Fate fate, OtherSide other) : Saga<Fated.Data>
    {
        public const string Type = "fated";

        public static readonly string[] Names = ["a", "b", "c", "d"];

        public sealed record Data;

        public override IReadOnlyList<SagaStep<Data>> Steps => [.. Names.Select((name, i) => fate.Calls[i] ? CallStep(name) : WorkStep(name))];

        SagaStep<Data> CallStep(string name)
        {
            return Call(name, (saga, _) => RunAsync(saga, name), (saga, _) => RunAsync(saga, $"undo {name}"));

            Task<SagaResult<Data>> RunAsync(SagaContext<Data> saga, string what) =>
                RunOrFailAsync(saga, () => other.EffectAsync(saga.Key, saga.Subject, what));
        }

        SagaStep<Data> WorkStep(string name)
        {
            return Work(name, (work, saga) => RunAsync(work, saga, name), (work, saga) => RunAsync(work, saga, $"undo {name}"));

            Task<SagaResult<Data>> RunAsync(UnitOfWork work, SagaContext<Data> saga, string what) =>
                RunOrFailAsync(saga, () => work.ExecuteAsync(
                    "INSERT INTO sample_effects (key, saga, what) VALUES (@Key, @Subject, @what)", new { saga.Key, saga.Subject, what }));
        }

        async Task<SagaResult<Data>> RunOrFailAsync(SagaContext<Data> saga, Func<Task> act)
        {
            switch (fate.Now)
            {
                case Blow.FaultBefore:
                    throw new InvalidDataException("before");
                case Blow.No:
                    return saga.Fail("no");
                case Blow.Later:
                    return saga.Retry(TimeSpan.FromSeconds(10));
            }

            await act();
            return fate.Now == Blow.FaultAfter ? throw new InvalidDataException("after") : saga.Done();
        }
    }
}
