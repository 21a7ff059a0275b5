using System.Globalization;
using Hdms.Files.Files;
using Hdms.Files.Storage;
using Hdms.Files.Uploads;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Hdms.Files.Downloads;

/// <summary>
/// Gives a file's bytes, whole or a range of them (RFC 9110 section 14), so that a browser saves them and does nothing else with them,
/// whatever they are. Several ranges at once are answered with the whole, as that allows.
/// </summary>
sealed class SentFile(Attachment file, IFileStore store) : IResult
{
    const int Block = 256 * 1024;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var (request, response, ct) = (httpContext.Request, httpContext.Response, httpContext.RequestAborted);
        var etag = new EntityTagHeaderValue($"\"{file.Sha256}\"");
        Describe(response, etag);
        if (EntityTagHeaderValue.TryParseList(request.Headers.IfNoneMatch, out var known) && known.Any(t => t.Tag == "*" || t.Compare(etag, useStrongComparison: false)))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        var (from, length) = ByteRanges.Of(request, file.FileSize, etag) ?? (0, file.FileSize);
        var isPart = length != file.FileSize || ByteRanges.IsAsked(request, file.FileSize, etag);

        // Before anything is said: bytes that are not there must not begin as an answer of 200.
        await using var content = await OpenAsync(from, length, ct);
        response.ContentType = file.MimeType == "text/plain" ? "text/plain; charset=utf-8" : file.MimeType;
        response.ContentLength = length;
        if (isPart)
        {
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {from}-{from + length - 1}/{file.FileSize}");
        }

        if (!HttpMethods.IsHead(request.Method))
        {
            await SendAsync(response, content, ct);
        }
    }

    void Describe(HttpResponse response, EntityTagHeaderValue etag)
    {
        var headers = response.Headers;
        headers.ETag = etag.ToString();
        headers.LastModified = file.CreatedAt.ToString("R", CultureInfo.InvariantCulture);
        headers.AcceptRanges = "bytes";

        // Whether somebody may have it is decided anew each time.
        headers.CacheControl = "private, no-cache";
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        var disposition = new ContentDispositionHeaderValue("attachment");
        disposition.SetHttpFileName(FileNames.ForDownload(file.OriginalFilename, file.FileExtension));
        headers.ContentDisposition = disposition.ToString();
    }

    /// <exception cref="Refusal">503: the storage is away, or has lost it.</exception>
    async Task<Stream> OpenAsync(long from, long length, CancellationToken ct)
    {
        try
        {
            return await store.OpenAsync(Keys.Of(file.Id), from, length, ct)
                ?? throw Refusal.Unavailable(Codes.Unavailable, "Its bytes are not in the storage; the operator's doctor knows more.", TimeSpan.FromMinutes(1));
        }
        catch (IOException e)
        {
            throw Refusal.Unavailable(Codes.Unavailable, "The storage does not answer. Try again.", TimeSpan.FromSeconds(5), e);
        }
    }

    /// <summary>Straight into the connection's own buffers, a large block at a time.</summary>
    static async Task SendAsync(HttpResponse response, Stream content, CancellationToken ct)
    {
        await response.StartAsync(ct);
        int read;
        while ((read = await content.ReadAsync(response.BodyWriter.GetMemory(Block), ct)) > 0)
        {
            response.BodyWriter.Advance(read);
            await response.BodyWriter.FlushAsync(ct);
        }
    }
}
