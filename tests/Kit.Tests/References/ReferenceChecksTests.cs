using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using Hdms.Contracts;
using Hdms.Kit.Auth;
using Hdms.Kit.Caching;
using Hdms.Kit.Clients;
using Hdms.Kit.Problems;
using Hdms.Kit.References;
using Hdms.Kit.Tests.Clients;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hdms.Kit.Tests.References;

public sealed class ReferenceChecksTests : IAsyncLifetime
{
    readonly HashSet<Guid> _there = [Guid.CreateVersion7(), Guid.CreateVersion7()];
    readonly Guid _nobody = Guid.CreateVersion7();
    readonly ConcurrentQueue<int> _asked = new();
    readonly ManualClock _clock = new();
    readonly CacheMetrics _metrics = new("sample");
    readonly OtherService _users;
    readonly ServiceProvider _container;
    readonly ReferenceChecks _references;
    readonly Dictionary<Guid, bool> _replica;

    public ReferenceChecksTests()
    {
        _users = new OtherService(async http =>
        {
            var question = await http.Request.ReadFromJsonAsync<Question>(Json.Strict);
            _asked.Enqueue(question!.Ids.Length);
            await http.Response.WriteAsJsonAsync(question.Ids.Where(_there.Contains).ToArray());
        });
        _container = new ServiceCollection()
            .AddSingleton(TimeProvider.System)
            .AddSingleton(new ServiceTokens("sample", RandomNumberGenerator.GetBytes(32), TimeProvider.System))
            .AddSingleton(new CallTimes { Waits = [TimeSpan.FromMilliseconds(5)], Break = TimeSpan.FromMilliseconds(500) })
            .AddServiceClient<UsersClient>(_users.Service, _users.Settings)
            .BuildServiceProvider();
        _references = new ReferenceChecks(new Cache(new MemoryStore(_clock), _metrics), NullLogger<ReferenceChecks>.Instance);
        _replica = new Dictionary<Guid, bool> { [_there.First()] = true, [_nobody] = false };
    }

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    Reference Users => new("user", _users.Service, (ids, ct) => _container.GetRequiredService<UsersClient>().ExistAsync(ids, ct));

    Reference UsersWithReplica => Users with
    {
        Replica = (ids, _) => Task.FromResult<IReadOnlyDictionary<Guid, bool>>(_replica.Where(r => ids.Contains(r.Key)).ToDictionary()),
    };

    public async ValueTask InitializeAsync() => await _users.StartAsync();

    [Fact]
    public async Task What_the_owner_knows_passes_and_is_not_asked_again_for_a_minute()
    {
        var id = _there.First();
        for (var i = 0; i < 3; i++)
        {
            await _references.CheckAsync([("requester_id", id, Users)], Ct);
        }

        _asked.Count.ShouldBe(1);
        _clock.Advance(TimeSpan.FromSeconds(61));
        await _references.CheckAsync([("requester_id", id, Users)], Ct);
        _asked.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Every_field_with_an_unknown_id_is_named_and_one_question_is_asked_for_all()
    {
        var refusal = await Should.ThrowAsync<Refusal>(() => _references.CheckAsync(
        [
            ("requester_id", _there.First(), Users), ("assignee_id", _nobody, Users), ("watcher_id", Guid.CreateVersion7(), Users), ("approver_id", null, Users),
        ], Ct));

        refusal.Code.ShouldBe(Codes.UnknownReference);
        refusal.Errors.Keys.ShouldBe(["assignee_id", "watcher_id"], ignoreOrder: true);
        _asked.ShouldBe([3]);
    }

    [Fact]
    public async Task What_did_not_exist_is_asked_for_again_soon()
    {
        await Should.ThrowAsync<Refusal>(() => _references.CheckAsync([("requester_id", _nobody, Users)], Ct));
        _there.Add(_nobody);
        _clock.Advance(TimeSpan.FromSeconds(3));

        await _references.CheckAsync([("requester_id", _nobody, Users)], Ct);
    }

    [Fact]
    public async Task Many_ids_are_asked_for_a_hundred_at_a_time()
    {
        var ids = Enumerable.Range(0, 250).Select(_ => Guid.CreateVersion7()).ToArray();

        (await _references.ExistAsync(Users, [.. ids, _there.First()], Ct)).ShouldBe([_there.First()]);

        _asked.ShouldBe([100, 100, 51]);
    }

    [Fact]
    public async Task Without_its_owner_a_reference_is_checked_by_cache_then_replica_and_what_neither_knows_is_503()
    {
        var (known, inReplica, newer) = (_there.Last(), _there.First(), Guid.CreateVersion7());
        await _references.CheckAsync([("a", known, UsersWithReplica)], Ct);
        await _users.StopAsync();

        await _references.CheckAsync([("a", known, UsersWithReplica), ("b", inReplica, UsersWithReplica)], Ct);
        (await CodeOfAsync(_nobody, UsersWithReplica)).ShouldBe(Codes.UnknownReference);
        (await CodeOfAsync(newer, UsersWithReplica)).ShouldBe(Codes.ReferenceUnavailable);
        (await CodeOfAsync(newer, Users)).ShouldBe(Codes.ReferenceUnavailable);

        _there.Add(newer);
        await _users.StartAsync();
        await Eventually.TrueAsync(async () => await CodeOfAsync(newer, UsersWithReplica) is null, "the owner is asked again");
    }

    [Fact]
    public async Task A_503_says_when_to_come_again()
    {
        await _users.StopAsync();

        var refusal = await Should.ThrowAsync<Refusal>(() => _references.CheckAsync([("a", _nobody, Users)], Ct));

        refusal.Code.Status.ShouldBe(503);
        refusal.RetryAfter.ShouldNotBeNull();
    }

    [Fact]
    public async Task With_a_replica_nobody_waits_for_tries_that_can_not_succeed()
    {
        await _users.StopAsync();
        var started = Stopwatch.GetTimestamp();

        await _references.CheckAsync([("a", _there.First(), UsersWithReplica)], Ct);

        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromMilliseconds(500));
    }

    [Fact]
    public async Task What_an_event_says_was_deleted_is_forgotten_at_once()
    {
        var id = _there.First();
        await _references.CheckAsync([("a", id, Users)], Ct);
        _there.Remove(id);
        await _references.ForgetAsync("user", id);

        (await CodeOfAsync(id, Users)).ShouldBe(Codes.UnknownReference);
    }

    async Task<ProblemCode?> CodeOfAsync(Guid id, Reference to)
    {
        try
        {
            await _references.CheckAsync([("a", id, to)], Ct);
            return null;
        }
        catch (Refusal e)
        {
            return e.Code;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _container.DisposeAsync();
        await _users.DisposeAsync();
        _metrics.Dispose();
    }

    sealed record Question(Guid[] Ids);

    sealed class UsersClient(HttpClient http)
    {
        public async Task<IReadOnlySet<Guid>> ExistAsync(IReadOnlyList<Guid> ids, CancellationToken ct) =>
            (await http.AskAsync<Guid[]>("/api/v1/users/exists", new Question([.. ids]), ct)).ToHashSet();
    }
}
