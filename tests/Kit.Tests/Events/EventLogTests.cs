using System.Net.Http.Json;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Http;
using Hdms.Kit.Tests.Things;

namespace Hdms.Kit.Tests.Events;

public sealed class EventLogTests
{
    [Fact]
    public async Task What_is_personal_is_unreadable_in_the_table_and_gone_once_the_person_is_erased()
    {
        await using var data = await ThingsService.NewDatabaseAsync();
        await using var things = await ThingsService.StartAsync(data);
        var person = Guid.CreateVersion7();
        await things.Database.WriteAsync(
            Caller.System(),
            work => work.AppendAsync(new EventStream(person, 0) { Person = person }, new ThingMade("chair", "Ayesha Khan"), new Audit(After: new { name = "Ayesha Khan" })),
            CancellationToken.None);

        (await things.Events.OfStreamAsync(person, CancellationToken.None)).Single().Data["owner"]!.GetValue<string>().ShouldBe("Ayesha Khan");
        (await data.ScalarAsync<string>("SELECT string_agg(e::text, '') FROM things_events e")).ShouldNotBeNull().ShouldNotContain("Ayesha");

        await things.Database.WriteAsync(Caller.System(), work => things.Database.Events.Keys.EraseAsync(work.Connection, person, work.Ct), CancellationToken.None);

        var erased = (await things.Events.OfStreamAsync(person, CancellationToken.None)).Single();
        erased.Erased.ShouldBeTrue();
        erased.Data.ContainsKey("owner").ShouldBeFalse();
        erased.Data["name"]!.GetValue<string>().ShouldBe("chair");
        erased.Audit.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_first_write_to_a_row_from_the_old_system_puts_its_whole_state_into_the_log_first()
    {
        await using var data = await ThingsService.NewDatabaseAsync();
        await using var things = await ThingsService.StartAsync(data);
        var id = Guid.CreateVersion7();
        await data.ExecuteAsync("INSERT INTO things VALUES (@id, 'old name', 4)", new { id });
        using var client = things.Client();

        (await client.PatchAsJsonAsync($"/api/v1/things/{id}", new RenameThing("new name"), Json.Tolerant)).EnsureSuccessStatusCode();
        (await client.PatchAsJsonAsync($"/api/v1/things/{id}", new RenameThing("newer name"), Json.Tolerant)).EnsureSuccessStatusCode();

        var history = await things.Events.OfStreamAsync(id, CancellationToken.None);
        history.Select(e => (e.Type, e.StreamVersion)).ShouldBe(
            [("thing.imported.v1", 4), ("thing.renamed.v1", 5), ("thing.renamed.v1", 6)]);
        history[0].Data["name"]!.GetValue<string>().ShouldBe("old name");
    }

    [Fact]
    public async Task A_refused_attempt_is_recorded_without_a_version_and_stays_out_of_the_feed()
    {
        await using var data = await ThingsService.NewDatabaseAsync();
        await using var things = await ThingsService.StartAsync(data);
        var thing = await things.MakeAsync("one");

        await things.Database.WriteAsync(
            Caller.System(), work => work.RecordRefusalAsync(new EventStream(thing.Id, thing.Version), new AttemptRefused("rename", "forbidden")), CancellationToken.None);
        await things.Database.WriteAsync(
            Caller.System(), work => work.AppendAsync(new EventStream(thing.Id, thing.Version), new ThingRenamed("two")), CancellationToken.None);

        (await things.Events.OfStreamAsync(thing.Id, CancellationToken.None)).Select(e => e.StreamVersion).ShouldBe([1L, null, 2L]);
        (await things.Events.AfterAsync(LogPosition.Start, 100, CancellationToken.None)).Events.Select(e => e.StreamVersion).ShouldBe([1L, 2L]);
    }

    [Fact]
    public async Task Nothing_of_a_unit_of_work_stays_when_it_fails()
    {
        await using var data = await ThingsService.NewDatabaseAsync();
        await using var things = await ThingsService.StartAsync(data);
        var called = false;

        await Should.ThrowAsync<InvalidOperationException>(things.Database.WriteAsync(Caller.System(), async work =>
        {
            work.AfterCommit(() => Task.FromResult(called = true));
            await ThingsService.MakeAsync(work, Guid.CreateVersion7(), "half");
            throw new InvalidOperationException("no");
        }, CancellationToken.None));

        (await data.ScalarAsync<long>("SELECT (SELECT count(*) FROM things) + (SELECT count(*) FROM things_events)")).ShouldBe(0);
        called.ShouldBeFalse();
    }
}
