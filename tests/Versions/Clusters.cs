using System.Collections.Concurrent;
using Hdms.Testing;

namespace PgSplit.Versions;

/// <summary>One cluster of each version, started by the first test that asks and shared by all.</summary>
static class Clusters
{
    static readonly ConcurrentDictionary<int, Lazy<Task<TestCluster>>> Started = new();

    public static Task<TestCluster> OfAsync(int major)
    {
        Assert.SkipUnless(FetchedPostgres.Has(major), $"PostgreSQL {major} could not be fetched");
        return Started.GetOrAdd(major, m => new(() => Task.Run(() => TestCluster.StartVersionAsync(m)))).Value;
    }
}
