using Hdms.Kit.Sagas;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hdms.Kit.Tests.Sagas;

/// <summary>A made-up service that has sagas, and runners of it that may die.</summary>
sealed class SagaWorld : IAsyncDisposable
{
    readonly ServiceProvider _container;
    readonly TimeProvider _clock;

    SagaWorld(SampleService sample, TimeProvider clock, Action<IServiceCollection> sagas, SagaTimes times)
    {
        Sample = sample;
        _clock = clock;
        Other = new OtherSide(sample.Database);
        var services = new ServiceCollection();
        services.AddSingleton(sample.Data).AddSingleton(clock).AddSingleton(times).AddSingleton(Other).AddLogging();
        sagas(services);
        _container = services.BuildServiceProvider();
    }

    public SampleService Sample { get; }

    public OtherSide Other { get; }

    public SagaControl Sagas => _container.GetRequiredService<SagaControl>();

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static async Task<SagaWorld> StartAsync(TimeProvider clock, Action<IServiceCollection> sagas, SagaTimes? times = null) =>
        new(await SampleService.StartAsync(clock), clock, sagas, times ?? new SagaTimes());

    public SagaRunner Runner(Func<SagaPoint, SagaRow, Task>? reached = null) => new(
        Sample.Data, _container.GetRequiredService<SagaTable>(), _container.GetRequiredService<SagaTypes>(), _container.GetRequiredService<SagaTimes>(),
        _container.GetRequiredService<SagaWake>(), _container.GetRequiredService<IServiceScopeFactory>(), _clock, NullLogger<SagaRunner>.Instance)
    {
        Reached = reached ?? ((_, _) => Task.CompletedTask),
    };

    public Task<SagaStart> StartAsync<TData>(string type, string subject, TData data) where TData : class =>
        Sample.WriteAsync(work => Sagas.StartAsync(work, type, subject, data));

    public Task<bool> SignalAsync(string type, string subject, string name, object? payload = null) =>
        Sample.WriteAsync(work => Sagas.SignalAsync(work, type, subject, name, payload));

    /// <summary>Runs what is due; when nothing is, lets time go on, until the saga does not move by itself any more.</summary>
    public async Task<SagaView> FinishAsync(ManualClock clock, Guid id, SagaRunner? runner = null)
    {
        runner ??= Runner();
        for (var i = 0; i < 500; i++)
        {
            while (await runner.RunOneAsync(Ct))
            {
                // One step after the other.
            }

            var saga = (await Sagas.FindAsync(id, Ct))!;
            if (saga.State is "done" or "compensated" or "stuck")
            {
                return saga;
            }

            clock.Advance(TimeSpan.FromSeconds(90));
        }

        throw new InvalidOperationException("The saga came to no end.");
    }

    public async ValueTask DisposeAsync()
    {
        await _container.DisposeAsync();
        await Sample.DisposeAsync();
    }
}
