using System.Collections.Concurrent;
using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.StaticFiles;

namespace Hdms.Web.Shell;

/// <summary>
/// Styles, scripts and icons as small as Brotli makes them, which takes a hundred times as long as what is done for a page: so each is packed
/// once, behind the scenes when it is first asked for, and kept in memory. Until then it is compressed as pages are.
/// </summary>
sealed class PackedFiles(RequestDelegate next, IContentTypeProvider types)
{
    readonly ConcurrentDictionary<string, Lazy<Task<byte[]>>> _packed = new(StringComparer.Ordinal);

    public async Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (HttpMethods.IsGet(request.Method)
            && Files.NeverChanges(request)
            && request.Path.Value is { } path
            && types.TryGetContentType(path, out var type)
            && request.GetTypedHeaders().AcceptEncoding.Any(e => e.Value == "br" && e.Quality is not 0)
            && request.Headers.Range.Count == 0
            && PackedOf(path) is { } bytes)
        {
            var response = context.Response;
            response.ContentType = type;
            response.ContentLength = bytes.Length;
            response.Headers.ContentEncoding = "br";
            response.Headers.Vary = "Accept-Encoding";
            response.Headers.CacheControl = Files.CacheControl(request);
            await response.Body.WriteAsync(bytes, context.RequestAborted);
            return;
        }

        await next(context);
    }

    /// <summary>Null until it is packed, and for what is not there.</summary>
    byte[]? PackedOf(string path)
    {
        if (!_packed.TryGetValue(path, out var packed))
        {
            var file = Path.GetFullPath(Path.Combine(Files.Root, path.TrimStart('/')));
            if (!file.StartsWith(Files.Root + Path.DirectorySeparatorChar, StringComparison.Ordinal) || !File.Exists(file))
                return null;
            packed = _packed.GetOrAdd(path, _ => new(() => Task.Run(() => PackAsync(file))));
        }

        return packed.Value is { IsCompletedSuccessfully: true } done ? done.Result : null;
    }

    static async Task<byte[]> PackAsync(string file)
    {
        using var packed = new MemoryStream();
        await using (var brotli = new BrotliStream(packed, CompressionLevel.SmallestSize))
            await brotli.WriteAsync(await File.ReadAllBytesAsync(file));
        return packed.ToArray();
    }
}
