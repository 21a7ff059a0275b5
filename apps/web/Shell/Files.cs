using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.StaticFiles;

namespace Hdms.Web.Shell;

/// <summary>Addresses of what pages load. A library's version is in its name; our own files carry their hash, so that a new one is asked for at once.</summary>
static class Files
{
    public const string Tabler = "/lib/tabler-1.6.1/tabler.min.css";
    public const string Htmx = "/lib/htmx-2.0.11/htmx.min.js";
    public const string Morph = "/lib/idiomorph-0.8.0/idiomorph-ext.min.js";
    public const string Icons = "/lib/tabler-icons-3.52.0/sprite.svg";

    public static readonly string Root = Path.Combine(AppContext.BaseDirectory, "wwwroot");

    /// <summary>What is text among them.</summary>
    public static readonly FileExtensionContentTypeProvider Types = new(new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
    {
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".svg"] = "image/svg+xml",
    });

    static readonly ConcurrentDictionary<string, string> Hashed = new(StringComparer.Ordinal);

    /// <param name="path">As <c>/site.css</c>.</param>
    public static string Of(string path) => Hashed.GetOrAdd(path, static p =>
        $"{p}?v={Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(Root, p.TrimStart('/')))))[..10]}");

    /// <summary>A library's folder has its version in its name, and our files' addresses have their hash.</summary>
    public static bool NeverChanges(HttpRequest request) =>
        request.Path.StartsWithSegments("/lib", StringComparison.Ordinal) || request.Query.ContainsKey("v");

    /// <summary>What may change is asked for again, and answered 304.</summary>
    public static string CacheControl(HttpRequest request) => NeverChanges(request) ? "public, max-age=31536000, immutable" : "no-cache";
}
