using Hdms.Kit.Http;
using Hdms.Kit.Tests.Things;
using Npgsql;

namespace Hdms.Kit.Tests.Database;

public sealed class AtCommitTests
{
    [Fact]
    public async Task What_is_sent_with_the_commit_is_done_in_its_order_after_all_else()
    {
        await using var data = await ThingsService.NewDatabaseAsync();
        await using var things = await ThingsService.StartAsync(data);
        var id = Guid.CreateVersion7();

        await things.Database.WriteAsync(Caller.System(), async work =>
        {
            work.ExecuteAtCommit("UPDATE things SET name = name || $1 WHERE id = $2", "b", id);
            work.ExecuteAtCommit("UPDATE things SET name = name || $1 WHERE id = $2", "c", id);
            await ThingsService.MakeAsync(work, id, "a");
            (await work.SingleAsync<string>("SELECT name FROM things WHERE id = @id", new { id })).ShouldBe("a");
        }, TestContext.Current.CancellationToken);

        (await data.QueryAsync<string>("SELECT name FROM things")).ShouldBe(["abc"]);
    }

    [Fact]
    public async Task When_it_fails_nothing_of_the_unit_of_work_stays()
    {
        await using var data = await ThingsService.NewDatabaseAsync();
        await using var things = await ThingsService.StartAsync(data);

        await Should.ThrowAsync<PostgresException>(() => things.Database.WriteAsync(Caller.System(), async work =>
        {
            await ThingsService.MakeAsync(work, Guid.CreateVersion7(), "a");
            work.ExecuteAtCommit("SELECT 1 / $1", 0);
        }, TestContext.Current.CancellationToken));

        (await data.ScalarAsync<long>("SELECT (SELECT count(*) FROM things) + (SELECT count(*) FROM things_events)")).ShouldBe(0);
    }
}
