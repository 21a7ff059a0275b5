using Hdms.Contracts;
using Hdms.Files.Files;
using Hdms.Files.Storage;
using Hdms.Files.Work;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using SkiaSharp;

namespace Hdms.Files.Downloads;

/// <summary>
/// Makes small pictures of pictures: drawn anew, so that nothing of the file gets into them but what is seen. How large one is by its own
/// word is looked at before anything is unpacked.
/// </summary>
sealed class Previews(ServiceDatabase database, IFileStore store, FileRules rules)
{
    public const string Mime = "image/jpeg";

    const int Side = 480;
    const long MostPixels = 40_000_000;
    const long LargestFile = 64 * 1024 * 1024;

    public async Task RunAsync(FileJob job, CancellationToken ct)
    {
        var file = await database.ReadAsync(c => AttachmentTable.Rows.FindAsync(c, "WHERE r.id = @FileId", new { job.FileId }, ct), ct);
        var made = file is { IsDeleted: false, FilePath: not null, IsPicture: true, FileSize: <= LargestFile } && await MakeAsync(file, ct);
        await database.WriteAsync(Caller.System(), async unit =>
        {
            await FileJobs.DoneAsync(unit, job.FileId, job.Kind);
            if (made && await AttachmentTable.LockAsync(unit, job.FileId) is { IsProcessed: false } row)
            {
                await AttachmentTable.SaveAsync<FileProcessed>(unit, row, row with { IsProcessed = true, ProcessedAt = unit.Now });
            }
        }, ct);
    }

    async Task<bool> MakeAsync(Attachment file, CancellationToken ct)
    {
        await using var content = await store.OpenAsync(Keys.Of(file.Id), 0, file.FileSize, ct) ?? throw new IOException("Its bytes are not in the storage.");
        using var bytes = new MemoryStream((int)file.FileSize);
        await content.CopyToAsync(bytes, ct);
        if (Draw(bytes.GetBuffer().AsSpan(0, (int)bytes.Length)) is not { } small)
        {
            return false;
        }

        var staged = Path.Combine(rules.Folder, "uploads", $"{Keys.PreviewOf(file.Id)}-{Guid.NewGuid():N}");
        try
        {
            await File.WriteAllBytesAsync(staged, small, ct);
            await store.PutAsync(Keys.PreviewOf(file.Id), staged, ct);
            return true;
        }
        finally
        {
            File.Delete(staged);
        }
    }

    /// <summary>Null: it is no picture that can be drawn, or too large a one.</summary>
    internal static byte[]? Draw(ReadOnlySpan<byte> bytes)
    {
        using var data = SKData.CreateCopy(bytes);
        using var codec = SKCodec.Create(data);
        if (codec is null || (long)codec.Info.Width * codec.Info.Height is 0 or > MostPixels)
        {
            return null;
        }

        var scale = Math.Min(1f, (float)Side / Math.Max(codec.Info.Width, codec.Info.Height));
        var decoded = codec.GetScaledDimensions(scale);
        using var whole = new SKBitmap(new SKImageInfo(decoded.Width, decoded.Height, SKColorType.Rgba8888, SKAlphaType.Premul));
        if (codec.GetPixels(whole.Info, whole.GetPixels()) is not (SKCodecResult.Success or SKCodecResult.IncompleteInput))
        {
            return null;
        }

        var (width, height) = (Math.Max(1, (int)(codec.Info.Width * scale)), Math.Max(1, (int)(codec.Info.Height * scale)));
        using var surface = SKSurface.Create(new SKImageInfo(width, height));
        surface.Canvas.Clear(SKColors.White);
        using var image = SKImage.FromBitmap(whole);
        surface.Canvas.DrawImage(image, new SKRect(0, 0, width, height), new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
        using var drawn = surface.Snapshot();
        using var encoded = drawn.Encode(SKEncodedImageFormat.Jpeg, 80);
        return encoded.ToArray();
    }
}
