using Hdms.Contracts;
using Hdms.Files.Files;
using Hdms.Files.Storage;
using Hdms.Files.Types;
using Hdms.Files.Work;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.Extensions.Logging;

namespace Hdms.Files.Uploads;

/// <summary>
/// Makes a file of a complete upload: its type is told, its bytes go into the storage, then it gets its row. Whatever dies in between,
/// the same can be asked for again.
/// </summary>
sealed partial class FinishUpload(ServiceDatabase database, IFileStore store, UploadSpace space, FileWorker worker, FileRules rules, ILogger<FinishUpload> log)
{
    /// <exception cref="Refusal">415, and the upload is gone; 503, and it is still there.</exception>
    public async Task<Attachment> RunAsync(UploadHold hold, RunningHash hash, string name, Caller caller, CancellationToken ct)
    {
        var id = hold.Id;
        var size = hold.Length;
        FileType type;
        try
        {
            await using var staged = new FileStream(hold.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            type = await FileTypes.OfAsync(staged, ct);
        }
        catch (Refusal refusal) when (refusal.Code == Codes.TypeNotAllowed)
        {
            await DropAsync(id, caller);
            throw;
        }

        await StoreAsync(Keys.Of(id), hold.Path, ct);
        var row = await database.WriteAsync(caller, unit => AddAsync(unit, new Attachment
        {
            Id = id,
            OriginalFilename = name,
            FileSize = size,
            MimeType = type.Mime,
            FileExtension = type.Extension,
            Sha256 = hash.Hex(),
            UploadedById = caller.Person,
        }), ct);
        return row;
    }

    /// <summary>An upload that comes to nothing.</summary>
    public async Task DropAsync(Guid id, Caller caller)
    {
        // Not the request's token: what is refused is to be gone, whether or not somebody waits for the answer.
        await database.WriteAsync(caller, unit => unit.ExecuteAsync("DELETE FROM uploads WHERE id = @id", new { id }), CancellationToken.None);
        space.Delete(id);
    }

    async Task<Attachment> AddAsync(UnitOfWork unit, Attachment file)
    {
        await unit.ExecuteAsync("DELETE FROM uploads WHERE id = @Id", new { file.Id });
        var scanned = rules.Clamd is not null;
        var row = await AttachmentTable.InsertAsync(unit, file with
        {
            ScanStatus = scanned ? ScanStatus.Pending : ScanStatus.NotScanned,
            FilePath = !scanned && rules.UnscannedAllowed ? Keys.Of(file.Id) : null,
        });
        if (scanned)
        {
            await FileJobs.AddAsync(unit, row.Id, FileJobs.Scan, unit.Now);
        }
        else if (row.IsPicture && row.FilePath is not null)
        {
            await FileJobs.AddAsync(unit, row.Id, FileJobs.Preview, unit.Now);
        }

        unit.AfterCommit(() =>
        {
            space.Delete(row.Id);
            return worker.WakeAsync();
        });
        return row;
    }

    async Task StoreAsync(string key, string staged, CancellationToken ct)
    {
        try
        {
            await store.PutAsync(key, staged, ct);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            NotStored(log, store.Name, DatabaseFaults.Describe(e));
            throw Refusal.Unavailable(Codes.Unavailable, "The storage does not take the file at the moment. Try again.", TimeSpan.FromSeconds(5), e);
        }
    }

    [LoggerMessage(520, LogLevel.Error, "{Store} did not take a file: {Reason}")]
    static partial void NotStored(ILogger logger, string store, string reason);
}
