using Hdms.Kit.Events;
using Hdms.Kit.Hosting;
using Hdms.Kit.Http;
using Hdms.Kit.Replicas;
using Hdms.Kit.Schema;
using Hdms.Kit.Tests.Feeds;
using Hdms.Kit.Tests.Things;
using Hdms.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;

namespace Hdms.Kit.Tests.Replicas;

public sealed class ReplicaTests
{
    [Fact]
    public async Task A_replica_follows_what_happens_to_the_rows_it_copies()
    {
        await using var thingsData = await ThingsService.NewDatabaseAsync();
        await using var things = await ThingsService.StartAsync(thingsData);
        await using var data = await WatchersService.NewDatabaseAsync();
        await using var copier = await StartAsync(data, things.Address);
        var thing = await things.MakeAsync("first");
        await RenameAsync(things, thing.Id, 1, "second");

        await ShowsAsync(data, $"{thing.Id} second 2");
    }

    [Fact]
    public async Task After_a_restore_a_replica_is_as_the_restored_log_says_and_forgets_what_is_no_more()
    {
        await using var thingsData = await ThingsService.NewDatabaseAsync();
        await using var data = await WatchersService.NewDatabaseAsync();
        await using var backup = new Dump(thingsData);
        ThingView kept;
        await using (var things = await ThingsService.StartAsync(thingsData))
        await using (var copier = await StartAsync(data, things.Address))
        {
            kept = await things.MakeAsync("kept");
            await backup.TakeAsync();
            await RenameAsync(things, kept.Id, 1, "renamed, then lost");
            var lost = await things.MakeAsync("lost");
            await ShowsAsync(data, $"{kept.Id} renamed, then lost 2", $"{lost.Id} lost 1");
        }

        await backup.RestoreAsync();

        await using (var things = await ThingsService.StartAsync(thingsData))
        await using (var copier = await StartAsync(data, things.Address))
        {
            await ShowsAsync(data, $"{kept.Id} kept 1");
        }
    }

    static Task RenameAsync(ThingsService things, Guid id, long version, string name) => things.Database.WriteAsync(
        Caller.System(), work => work.AppendAsync(new EventStream(id, version), new ThingRenamed(name)), CancellationToken.None);

    static Task ShowsAsync(TestDatabase data, params string[] rows) => Eventually.TrueAsync(
        async () => (await data.QueryAsync<string>("SELECT concat_ws(' ', id, name, version) FROM watchers_replica_things ORDER BY id")).SequenceEqual(rows),
        string.Join(" | ", rows));

    static async Task<WebApplication> StartAsync(TestDatabase database, Uri things)
    {
        var service = WatchersService.Service;
        var values = database.Settings();
        values["service_key"] = Convert.ToBase64String(Enumerable.Repeat((byte)7, 32).ToArray());
        values["port"] = "0";
        values["log_level"] = "None";
        values["things_url"] = things.ToString();
        var scripts = new List<SchemaScript>(SchemaScript.Of(typeof(string).Assembly, service.Name, service.Role))
        {
            new("0001_replica.sql", "CREATE TABLE watchers_replica_things (id uuid PRIMARY KEY, version bigint NOT NULL, name text)"),
        };
        var builder = ServiceHost.CreateBuilder(
            new ServiceDefinition(service, scripts, _ => throw new NotSupportedException()),
            new ConfigurationBuilder().AddInMemoryCollection(values).Build());
        builder.Services.AddReplica(
            new Replica("watchers_replica_things", ["name"]), ThingsService.Service, on => on.Of<ThingMade>().Of<ThingRenamed>());
        var app = builder.Build().UseKit(_ => { });
        await app.StartAsync();
        return app;
    }
}
