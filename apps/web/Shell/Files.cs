using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Hdms.Web.Shell;

/// <summary>Addresses of what pages load. A library's version is in its name; our own files carry their hash, so that a new one is asked for at once.</summary>
static class Files
{
    public const string Tabler = "/lib/tabler-1.6.1/tabler.min.css";
    public const string Htmx = "/lib/htmx-2.0.11/htmx.min.js";
    public const string Morph = "/lib/idiomorph-0.8.0/idiomorph-ext.min.js";
    public const string Icons = "/lib/tabler-icons-3.52.0/sprite.svg";

    public static readonly string Root = Path.Combine(AppContext.BaseDirectory, "wwwroot");

    static readonly ConcurrentDictionary<string, string> Hashed = new(StringComparer.Ordinal);

    /// <param name="path">As <c>/site.css</c>.</param>
    public static string Of(string path) => Hashed.GetOrAdd(path, static p =>
        $"{p}?v={Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(Root, p.TrimStart('/')))))[..10]}");
}
