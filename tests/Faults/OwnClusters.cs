using Hdms.Testing;
using PgSplit.Tests;

namespace PgSplit.Faults;

/// <summary>Two clusters that a test may kill.</summary>
sealed class OwnClusters : IAsyncDisposable
{
    readonly TestCluster _source, _target;

    OwnClusters(TestCluster source, TestCluster target) => (_source, _target) = (source, target);

    public static async Task<OwnClusters> StartAsync() => new(await TestCluster.StartDurableAsync(), await TestCluster.StartDurableAsync());

    public Task<MoveWorld> WorldAsync() => MoveWorld.CreateAsync(_source, _target);

    /// <summary>kill -9 of both servers, and a start of both on what is on their disks.</summary>
    public async Task KillBothAsync()
    {
        await _source.KillAsync();
        await _target.KillAsync();
        await _source.RestartAsync();
        await _target.RestartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        await _target.DisposeAsync();
    }
}
