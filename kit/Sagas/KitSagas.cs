using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Hdms.Kit.Sagas;

/// <summary>Registers sagas.</summary>
public static class KitSagas
{
    /// <summary>Registers a saga under its name, and runs those that are started. <see cref="SagaControl"/> starts them.</summary>
    /// <param name="type">Stands in the database, so it never changes.</param>
    public static IServiceCollection AddSaga<TSaga>(this IServiceCollection services, string type)
        where TSaga : Saga
    {
        services.TryAddTransient<TSaga>();
        services.AddSingleton(new SagaType(type, typeof(TSaga)));
        services.TryAddSingleton<SagaTypes>();
        services.TryAddSingleton(new SagaTimes());
        services.TryAddSingleton<SagaWake>();
        services.TryAddSingleton<SagaTable>();
        services.TryAddSingleton<SagaControl>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, SagaRunner>());
        return services;
    }
}

/// <summary>A name and the saga that it stands for.</summary>
public sealed record SagaType(string Name, Type Class);

/// <summary>The sagas that this program knows.</summary>
public sealed class SagaTypes(IEnumerable<SagaType> types)
{
    readonly Dictionary<string, Type> _classes = types.ToDictionary(t => t.Name, t => t.Class, StringComparer.Ordinal);

    internal IReadOnlyCollection<string> Names => _classes.Keys;

    internal void Require(string type)
    {
        if (!_classes.ContainsKey(type))
        {
            throw new ArgumentException($"No saga is registered as '{type}'.", nameof(type));
        }
    }

    internal Saga Make(string type, IServiceProvider services) => (Saga)services.GetRequiredService(_classes[type]);
}

/// <summary>Wakes the runner of this process when something has become due in it; other processes look by themselves.</summary>
public sealed class SagaWake
{
    TaskCompletionSource _next = New();

    internal void Raise() => Interlocked.Exchange(ref _next, New()).TrySetResult();

    /// <summary>Ends at the next call of <see cref="Raise"/>; take it before looking, so that none is missed in between.</summary>
    internal Task Next => Volatile.Read(ref _next).Task;

    static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
