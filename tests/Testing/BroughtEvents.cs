using Hdms.Kit.Database;
using Hdms.Kit.Rebuild;

namespace Hdms.Testing;

/// <summary>What a backfill writes into a service's log of rows that are newer than it.</summary>
public static class BroughtEvents
{
    /// <summary>Both backfills write the same, and the second time nothing.</summary>
    public static async Task ShouldBeTheSameQuietlyAsync(ServiceDatabase service, TestDatabase database, IReadOnlyList<StateTable> tables)
    {
        var usual = await OfAsync((s, t) => Backfill.RunAsync(s, t, progress: null, CancellationToken.None), service, database, tables);
        var quiet = await OfAsync((s, t) => QuietBackfill.RunAsync(s, t, progress: null, CancellationToken.None), service, database, tables);
        quiet.ShouldBe(usual);
        foreach (var table in tables)
            (await QuietBackfill.RunAsync(service, table, progress: null, CancellationToken.None)).Appended.ShouldBe(0, table.Name);
    }

    /// <returns>The last event of each thing, once the backfill has brought it newer than the log had it.</returns>
    static async Task<string> OfAsync(Func<ServiceDatabase, StateTable, Task<BackfillProgress>> backfill, ServiceDatabase service, TestDatabase database, IReadOnlyList<StateTable> tables)
    {
        foreach (var table in tables)
        {
            await database.ExecuteAsync($"UPDATE {table.Name} SET version = version + 1");
            var end = await backfill(service, table);
            end.Appended.ShouldBe(end.Total, table.Name);
        }

        return (await database.ScalarAsync<string>(
            $"SELECT string_agg(concat_ws(' ', stream_id, type, data, audit, actor_id), E'\n' ORDER BY stream_id) FROM (SELECT DISTINCT ON (stream_id) * FROM {service.Service}_events WHERE stream_version IS NOT NULL ORDER BY stream_id, stream_version DESC) AS e"))!;
    }
}
