using Hdms.Files.Files;
using Hdms.Files.Organisation;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Kit.References;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Hdms.Files.Uploads;

/// <summary>What the routes of uploads work with.</summary>
sealed class UploadDesk(
    ServiceDatabase database, UploadSpace space, FinishUpload finish, ReferenceChecks references, People people, FileRules rules, TimeProvider clock)
{
    public ServiceDatabase Database => database;

    public UploadSpace Space => space;

    public FinishUpload Finish => finish;

    public FileRules Rules => rules;

    /// <summary>A new upload may begin: its length is one that is taken, and the person is there and has room.</summary>
    /// <exception cref="Refusal">413, 422, 503.</exception>
    public async Task AdmitAsync(Guid person, long? length, CancellationToken ct)
    {
        if (length == 0)
        {
            throw Refusal.Invalid("file", "is empty");
        }

        if (length > rules.LargestFile)
        {
            throw new Refusal(Codes.FileTooLarge, $"It is larger than {FileRules.Readable(rules.LargestFile)}.");
        }

        await references.CheckAsync([("uploaded_by", person, people.Active)], ct);
        await database.ReadAsync(async c =>
        {
            await UploadRow.MustHaveRoomAsync(c, person, length ?? 1, rules, ct);
            return true;
        }, ct);
    }

    public Task<UploadRow> FindAsync(Guid id, Caller caller, CancellationToken ct) => UploadRow.FindAsync(database, id, caller, clock.GetUtcNow(), ct);

    /// <summary>Writes the request's body behind what is there, and makes a file of it when it is complete.</summary>
    /// <returns>How far it has come, and the file once it is one.</returns>
    public async Task<(long Offset, Attachment? File)> WriteAsync(UploadRow upload, long offset, HttpContext http, Caller caller)
    {
        using var hold = await space.TakeAsync(upload.Id, http.RequestAborted);
        if (offset != hold.Length)
        {
            throw new Refusal(Codes.OffsetMismatch, $"There are {hold.Length} bytes of it. Go on from there.")
            {
                Members = new Dictionary<string, object?> { ["offset"] = hold.Length },
            };
        }

        using var checksum = UploadChecksum.Of(http.Request);
        var hash = await space.HashAsync(hold, hold.Stop);
        var over = false;
        try
        {
            var whole = await Incoming.WriteAsync(hold, hash, http.Request.Body, upload.Length, checksum?.Running, hold.Stop);
            checksum?.MustMatch(hold, offset, whole);
            RandomAccess.FlushToDisk(hold.File);
            if (hash.Length < upload.Length)
            {
                return (hash.Length, null);
            }

            var file = await finish.RunAsync(hold, hash, upload.Name, caller, http.RequestAborted);
            over = true;
            return (hash.Length, file);
        }
        catch (Refusal refusal) when (refusal.Code == Codes.TypeNotAllowed)
        {
            over = true;
            await finish.DropAsync(upload.Id, caller);
            throw;
        }
        finally
        {
            if (over)
            {
                hash.Dispose();
            }
            else
            {
                space.Keep(upload.Id, hash);
            }
        }
    }

    /// <summary>Bodies are small here but for files; what is too large is told by the routes themselves, in words.</summary>
    public static void AllowLargeBody(HttpContext http)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = null;
        }
    }
}
