using System.Globalization;
using System.Text;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Http;

namespace Hdms.Files.Uploads;

/// <summary>The headers of tus 1.0 (tus.io/protocols/resumable-upload), by which an upload goes on after a cut.</summary>
static class Tus
{
    public const string Version = "1.0.0";
    public const string Extensions = "creation,creation-with-upload,termination,expiration,checksum";
    public const string Body = "application/offset+octet-stream";
    public const string Resumable = "Tus-Resumable";
    public const string Offset = "Upload-Offset";
    public const string Length = "Upload-Length";
    public const string Metadata = "Upload-Metadata";
    public const string Expires = "Upload-Expires";
    public const string Checksum = "Upload-Checksum";
    public const string Path = Contracts.Service.Api + "/files/uploads";

    /// <exception cref="Refusal">412: the client speaks another version, or none.</exception>
    public static void Begin(HttpContext http)
    {
        http.Response.Headers[Resumable] = Version;
        http.Response.Headers.CacheControl = "no-store";
        if (http.Request.Headers[Resumable] != Version)
        {
            http.Response.Headers["Tus-Version"] = Version;
            throw new Refusal(Codes.PreconditionFailed, $"Send {Resumable}: {Version}.");
        }
    }

    public static bool HasBody(HttpRequest request) => request.ContentType?.Split(';')[0].Trim().Equals(Body, StringComparison.OrdinalIgnoreCase) == true;

    /// <exception cref="Refusal">400: not there, or no number.</exception>
    public static long Number(HttpRequest request, string header) =>
        long.TryParse(request.Headers[header].ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new Refusal(Codes.Malformed, $"{header} takes a number of bytes.");

    /// <summary>The name in the metadata: pairs of a key and a text in base64, separated by commas.</summary>
    /// <exception cref="Refusal">400: can't be read; 422: has no name.</exception>
    public static string Name(string metadata)
    {
        foreach (var pair in metadata.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (pair.Split(' ') is ["filename" or "name", var value])
            {
                var bytes = new byte[value.Length];
                return Convert.TryFromBase64String(value, bytes, out var length)
                    ? FileNames.Plain(Encoding.UTF8.GetString(bytes, 0, length), Metadata)
                    : throw new Refusal(Codes.Malformed, $"{Metadata}: the file's name is not in base64.");
            }
        }

        throw Refusal.Invalid(Metadata, "must have the file's name: filename <base64>");
    }

    public static void Told(HttpResponse response, long offset, DateTimeOffset expires)
    {
        response.Headers[Offset] = offset.ToString(CultureInfo.InvariantCulture);
        response.Headers[Expires] = expires.ToString("R", CultureInfo.InvariantCulture);
    }
}
