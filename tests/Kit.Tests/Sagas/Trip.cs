using System.Collections.Concurrent;
using Hdms.Kit.Sagas;
using Hdms.Testing;

namespace Hdms.Kit.Tests.Sagas;

/// <summary>A saga of three steps: a call, a unit of work and a call, the last of which may say no.</summary>
sealed class Trip(OtherSide other) : Saga<Trip.Data>
{
    public const string Type = "trip";

    public sealed record Data(bool Refused, string Trace = "", bool SaysNo = false);

    public override IReadOnlyList<SagaStep<Data>> Steps =>
    [
        Call("reserve", (saga, _) => saga.Data.SaysNo ? Task.FromResult(saga.Fail("no")) : other.DoAsync(saga, "reserve"),
            undo: (saga, _) => other.DoAsync(saga, "undo reserve")),
        Work("record", (work, saga) => RecordAsync(work, saga, "record"), undo: (work, saga) => RecordAsync(work, saga, "undo record")),
        Call("confirm", (saga, _) => saga.Data.Refused ? Task.FromResult(saga.Fail("fully booked")) : other.DoAsync(saga, "confirm")),
    ];

    /// <summary>Without ON CONFLICT: a second time would be a fault.</summary>
    static async Task<SagaResult<Data>> RecordAsync(Kit.Database.UnitOfWork work, SagaContext<Data> saga, string what)
    {
        await work.ExecuteAsync("INSERT INTO sample_effects (key, saga, what) VALUES (@Key, @Subject, @what)", new { saga.Key, saga.Subject, what });
        return saga.Done(saga.Data with { Trace = $"{saga.Data.Trace}{what};" });
    }
}

/// <summary>Stands for other services: an effect of its own for each Idempotency-Key, outside the saga's transactions.</summary>
sealed class OtherSide(TestDatabase database)
{
    /// <summary>How often each key was sent.</summary>
    public ConcurrentDictionary<string, int> Calls { get; } = new(StringComparer.Ordinal);

    public async Task<SagaResult<Trip.Data>> DoAsync(SagaContext<Trip.Data> saga, string what)
    {
        await EffectAsync(saga.Key, saga.Subject, what);
        return saga.Done(saga.Data with { Trace = $"{saga.Data.Trace}{what};" });
    }

    public async Task EffectAsync(string key, string subject, string what)
    {
        Calls.AddOrUpdate(key, 1, (_, n) => n + 1);
        await database.ExecuteAsync("INSERT INTO sample_effects (key, saga, what) VALUES (@key, @subject, @what) ON CONFLICT DO NOTHING", new { key, subject, what });
    }

    /// <summary>What has happened for a subject, in order.</summary>
    public Task<IReadOnlyList<string>> EffectsAsync(string subject) =>
        database.QueryAsync<string>("SELECT what FROM sample_effects WHERE saga = @subject ORDER BY at", new { subject });
}
