using Hdms.Contracts;
using Hdms.Files.Files;
using Hdms.Files.Storage;
using Hdms.Files.Work;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Microsoft.Extensions.Logging;

namespace Hdms.Files.Scanning;

/// <summary>Has a file scanned, and sets it free or throws its bytes away. While the scanner is away nothing is lost: it is asked again.</summary>
sealed partial class FileScans(ServiceDatabase database, IFileStore store, FileRules rules, ILogger<FileScans> log)
{
    /// <summary>After so many tries people are told that it failed; it is tried on all the same.</summary>
    const int TriesBeforeFailed = 3;

    readonly Clamd? _clamd = rules.Clamd is { } address ? new Clamd(address) : null;

    public async Task RunAsync(FileJob job, CancellationToken ct)
    {
        var file = await database.ReadAsync(c => AttachmentTable.Rows.FindAsync(c, "WHERE r.id = @FileId", new { job.FileId }, ct), ct);
        if (file is null || file.IsDeleted)
        {
            await database.WriteAsync(Caller.System(), unit => FileJobs.DoneAsync(unit, job.FileId, job.Kind), ct);
            return;
        }

        ScanVerdict verdict;
        try
        {
            verdict = await ScanAsync(file, ct);
        }
        catch (IOException e)
        {
            await FailAsync(job, e, ct);
            throw;
        }

        if (verdict.Found is { } found)
        {
            Found(log, job.FileId, found);
        }

        await database.WriteAsync(Caller.System(), unit => SettleAsync(unit, job, verdict), ct);
    }

    async Task<ScanVerdict> ScanAsync(Attachment file, CancellationToken ct)
    {
        if (_clamd is null)
        {
            // There was a scanner when it was uploaded, and is none now.
            throw new IOException("There is no scanner here any more: set files_clamd.");
        }

        await using var content = await store.OpenAsync(Keys.Of(file.Id), 0, file.FileSize, ct) ?? throw new IOException("Its bytes are not in the storage.");
        return await _clamd.ScanAsync(content, ct);
    }

    Task FailAsync(FileJob job, IOException fault, CancellationToken ct) => database.WriteAsync(Caller.System(), async unit =>
    {
        if (job.Attempts >= TriesBeforeFailed && await AttachmentTable.LockAsync(unit, job.FileId) is { ScanStatus: ScanStatus.Pending } file)
        {
            var why = DatabaseFaults.Describe(fault);
            await AttachmentTable.SaveAsync<FileScanned>(unit, file, file with { ScanStatus = ScanStatus.Failed, ScanResult = why[..Math.Min(why.Length, 500)], ScannedAt = unit.Now });
        }
    }, ct);

    static async Task SettleAsync(UnitOfWork unit, FileJob job, ScanVerdict verdict)
    {
        await FileJobs.DoneAsync(unit, job.FileId, job.Kind);
        if (await AttachmentTable.LockAsync(unit, job.FileId) is not { ScanStatus: ScanStatus.Pending or ScanStatus.Failed } file)
        {
            return;
        }

        var infected = verdict.Found is not null;
        var settled = await AttachmentTable.SaveAsync<FileScanned>(unit, file, file with
        {
            ScanStatus = infected ? ScanStatus.Infected : ScanStatus.Clean,
            ScanResult = verdict.Found,
            ScannedAt = unit.Now,
            FilePath = infected ? null : Keys.Of(file.Id),
        });
        if (infected)
        {
            // Nothing that a backup would want back.
            await FileJobs.AddAsync(unit, file.Id, FileJobs.DeleteBytes, unit.Now);
        }
        else if (settled.IsPicture)
        {
            await FileJobs.AddAsync(unit, file.Id, FileJobs.Preview, unit.Now);
        }
    }

    [LoggerMessage(530, LogLevel.Warning, "The scanner found {What} in the file {File}; its bytes are deleted")]
    static partial void Found(ILogger logger, Guid file, string what);
}
