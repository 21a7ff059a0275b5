using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.References;

namespace Hdms.Kit.Tests.References;

public sealed class ReferencePolicyTests : IAsyncLifetime
{
    readonly Guid _owner = Guid.CreateVersion7();
    readonly Guid _otherOwner = Guid.CreateVersion7();
    Guid[] _things = [];
    SampleService _sample = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _sample = await SampleService.StartAsync();
        _things = [await ThingAsync(_owner), await ThingAsync(_owner), await ThingAsync(_otherOwner)];
    }

    [Fact]
    public async Task Detach_empties_the_reference_raises_the_version_and_tells_by_an_event_once()
    {
        var policy = Policy(OnDelete.Detach);

        (await ApplyAsync(policy)).ShouldBe(2);
        (await ApplyAsync(policy)).ShouldBe(0);

        foreach (var id in _things[..2])
        {
            (await ScalarAsync<string>("SELECT concat(owner_id, '/', version, '/', is_deleted) FROM sample_things WHERE id = @id", id)).ShouldBe("/2/f");
            (await _sample.Events.OfStreamAsync(id, Ct)).Select(e => (e.Type, e.StreamVersion)).ShouldBe([("thing.touched.v1", 2L)]);
        }

        (await ScalarAsync<long>("SELECT version FROM sample_things WHERE id = @id", _things[2])).ShouldBe(1);
    }

    [Fact]
    public async Task Cascade_deletes_softly()
    {
        await ApplyAsync(Policy(OnDelete.Cascade));

        (await ScalarAsync<bool>("SELECT is_deleted AND deleted_at = updated_at AND version = 2 FROM sample_things WHERE id = @id", _things[0])).ShouldBeTrue();
        (await ScalarAsync<bool>("SELECT is_deleted FROM sample_things WHERE id = @id", _things[2])).ShouldBeFalse();
    }

    [Fact]
    public async Task Restrict_lists_what_dangles_once_and_touches_nothing()
    {
        var policy = new ReferencePolicy("sample", "sample_things", "owner_id", OnDelete.Restrict);

        (await ApplyAsync(policy)).ShouldBe(2);
        (await ApplyAsync(policy)).ShouldBe(0);

        (await _sample.Database.QueryAsync<string>("SELECT concat(reference, ' ', row_id, ' ', target_id) FROM sample_dangling"))
            .ShouldBe(_things[..2].Select(t => $"sample_things.owner_id {t} {_owner}"), ignoreOrder: true);
        (await ScalarAsync<long>("SELECT max(version) FROM sample_things WHERE id <> @id", Guid.Empty)).ShouldBe(1);
    }

    [Fact]
    public async Task When_the_event_can_not_be_told_nothing_is_changed()
    {
        var policy = new ReferencePolicy("sample", "sample_things", "owner_id", OnDelete.Detach, (_, _) => throw new InvalidDataException());

        await Should.ThrowAsync<InvalidDataException>(() => ApplyAsync(policy));

        (await ScalarAsync<Guid>("SELECT owner_id FROM sample_things WHERE id = @id", _things[0])).ShouldBe(_owner);
    }

    [Fact]
    public void A_change_without_an_event_can_not_be_declared() =>
        Should.Throw<ArgumentNullException>(() => new ReferencePolicy("sample", "sample_things", "owner_id", OnDelete.Detach));

    [Fact]
    public void A_name_can_not_leave_its_quotes() => Sql.Name("a\" = 1; --").ShouldBe("\"a\"\" = 1; --\"");

    static ReferencePolicy Policy(OnDelete onDelete) => new(
        "sample", "sample_things", "owner_id", onDelete, (work, row) => work.AppendAsync(row.Stream, new ThingTouched(row.Target)));

    Task<int> ApplyAsync(ReferencePolicy policy) => _sample.WriteAsync(work => policy.ApplyAsync(work, _owner));

    Task<T?> ScalarAsync<T>(string sql, Guid id) => _sample.Database.ScalarAsync<T>(sql, new { id });

    async Task<Guid> ThingAsync(Guid owner)
    {
        var id = Guid.CreateVersion7();
        await _sample.Database.ExecuteAsync("INSERT INTO sample_things (id, owner_id) VALUES (@id, @owner)", new { id, owner });
        return id;
    }

    public ValueTask DisposeAsync() => _sample.DisposeAsync();
}

[EventType("thing.touched.v1")]
public sealed record ThingTouched(Guid Because);
