using Dapper;
using Hdms.Contracts;
using Hdms.Files.Files;
using Hdms.Files.Storage;
using Hdms.Files.Uploads;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hdms.Files.Work;

/// <summary>
/// Every minute: what nobody attached within a day goes, uploads that nobody resumed, and bytes that belong to no row. Any number of
/// instances may do it at once.
/// </summary>
sealed partial class Sweeper(ServiceDatabase database, UploadSpace space, IFileStore store, FileRules rules, TimeProvider clock, ILogger<Sweeper> log) : BackgroundService
{
    const int Step = 50;

    /// <summary>Bytes come before their row; so young ones may still get it.</summary>
    static readonly TimeSpan Grace = TimeSpan.FromDays(2);

    static readonly TimeSpan Tick = TimeSpan.FromMinutes(1);
    static readonly TimeSpan BytesEvery = TimeSpan.FromHours(6);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var bytesAt = clock.GetUtcNow() + Tick;
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(Tick, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                await SweepAsync(stoppingToken);
                if (clock.GetUtcNow() >= bytesAt)
                {
                    bytesAt = clock.GetUtcNow() + BytesEvery;
                    await SweepBytesAsync(stoppingToken);
                }
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Failed(log, DatabaseFaults.WithoutRows(e));
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    internal async Task SweepAsync(CancellationToken ct)
    {
        while (await database.WriteAsync(Caller.System(), ExpireFilesAsync, ct) == Step)
        {
            // Until a step finds less than it may take.
        }

        foreach (var upload in await database.WriteAsync(Caller.System(), unit => unit.QueryAsync<Guid>("DELETE FROM uploads WHERE expires_at <= @Now RETURNING id", new { unit.Now }), ct))
        {
            space.Delete(upload);
        }
    }

    async Task<int> ExpireFilesAsync(UnitOfWork unit)
    {
        var old = await AttachmentTable.Rows.QueryAsync(
            unit,
            $"WHERE r.of_ticket_id IS NULL AND NOT r.is_deleted AND r.created_at <= @before ORDER BY r.created_at LIMIT {Step} FOR UPDATE SKIP LOCKED",
            new { before = unit.Now - FileRules.UnattachedLast });
        foreach (var file in old)
        {
            await AttachmentTable.DeleteAsync<FileExpired>(unit, file, rules);
        }

        return old.Count;
    }

    /// <summary>What a killed instance left: bytes whose row never came, and staged ones whose upload is over.</summary>
    internal async Task<int> SweepBytesAsync(CancellationToken ct)
    {
        var before = clock.GetUtcNow() - Grace;
        var gone = 0;
        await foreach (var part in store.ListAsync(ct).Where(s => s.At < before && Keys.FileOf(s.Key) is not null).Chunk(500).WithCancellation(ct))
        {
            var known = await KnownAsync([.. part.Select(s => Keys.FileOf(s.Key)!.Value)], ct);
            foreach (var lost in part.Where(s => !known.Contains(Keys.FileOf(s.Key)!.Value)))
            {
                await store.DeleteAsync(lost.Key, ct);
                gone++;
            }
        }

        var staged = space.Staged(before);
        var live = await KnownAsync(staged, ct);
        foreach (var lost in staged.Where(s => !live.Contains(s)))
        {
            space.Delete(lost);
            gone++;
        }

        return gone;
    }

    /// <summary>Those of these ids that are files, or uploads under way.</summary>
    Task<HashSet<Guid>> KnownAsync(Guid[] ids, CancellationToken ct) => database.ReadAsync(
        async connection => (await connection.QueryAsync<Guid>(new CommandDefinition(
            "SELECT id FROM attachments WHERE id = ANY(@ids) UNION SELECT id FROM uploads WHERE id = ANY(@ids)", new { ids }, cancellationToken: ct))).ToHashSet(),
        ct);

    [LoggerMessage(510, LogLevel.Warning, "What nobody wants any more could not be cleaned up; the next minute tries again")]
    static partial void Failed(ILogger logger, Exception e);
}
