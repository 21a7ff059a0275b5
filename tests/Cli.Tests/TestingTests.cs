using System.Net.Sockets;
using Hdms.Testing;

namespace Hdms.Cli.Tests;

public sealed class TestingTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Databases_of_one_template_are_prepared_once_and_know_nothing_of_each_other()
    {
        var prepared = 0;
        Task<TestDatabase> CloneAsync() => TestDatabase.CreateAsync(nameof(TestingTests), async template =>
        {
            Interlocked.Increment(ref prepared);
            await template.ExecuteAsync("CREATE TABLE t AS SELECT 1 AS n");
        });

        var clones = await Task.WhenAll(CloneAsync(), CloneAsync(), CloneAsync());
        await clones[0].ExecuteAsync("DELETE FROM t");

        prepared.ShouldBe(1);
        (await clones[0].ScalarAsync<long>("SELECT count(*) FROM t")).ShouldBe(0);
        (await clones[1].ScalarAsync<long>("SELECT count(*) FROM t")).ShouldBe(1);
        foreach (var clone in clones)
            await clone.DisposeAsync();
    }

    [Fact]
    public async Task Redis_dies_when_it_is_killed_and_comes_back_on_the_same_port()
    {
        await using var redis = await RedisServer.StartAsync(Ct);
        using var client = new TcpClient();

        await redis.KillAsync();
        await Should.ThrowAsync<SocketException>(() => client.ConnectAsync("127.0.0.1", redis.Port, Ct).AsTask());

        await redis.RestartAsync(Ct);
        await client.ConnectAsync("127.0.0.1", redis.Port, Ct);
    }
}
