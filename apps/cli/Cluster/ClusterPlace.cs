using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Hdms.Cli.Cluster;

/// <summary>Where a data directory's cluster lives and listens. Chosen once, kept in the file <c>cluster</c> of the data directory.</summary>
/// <param name="Directory">PostgreSQL's data directory.</param>
/// <param name="Socket">The directory of its Unix socket.</param>
/// <param name="Port">Also part of the socket's name.</param>
internal sealed record ClusterPlace(string Directory, string Socket, int Port)
{
    // A socket's path may have 107 bytes on Linux and 103 on macOS; "/.s.PGSQL.65535" is 15 of them.
    const int LongestSocketDirectory = 103 - 15;

    const string SystemHome = "/var/lib/hdms";

    static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static ClusterPlace? Load(string data)
    {
        var file = FileIn(data);
        return File.Exists(file) ? JsonSerializer.Deserialize<ClusterPlace>(File.ReadAllText(file), Json) : null;
    }

    public static async Task<ClusterPlace> ChooseAsync(string data, ServerUser user, CancellationToken ct)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(data)))[..16];
        var home = await user.CanEnterAsync(data, ct) ? data : Path.Combine(SystemHome, hash);
        System.IO.Directory.CreateDirectory(home);
        return new ClusterPlace(Path.Combine(home, "postgres"), ChooseSocket(home, hash), FreePort.Find());
    }

    public void Save(string data)
    {
        var file = FileIn(data);
        File.WriteAllText(file + ".new", JsonSerializer.Serialize(this, Json));
        File.Move(file + ".new", file, overwrite: true);
    }

    // Root takes no name in /tmp: it gives the directory to the server's user, and a link put there by somebody would be given instead.
    static string ChooseSocket(string home, string hash)
    {
        var socket = Path.Combine(home, "socket");
        if (Encoding.UTF8.GetByteCount(socket) <= LongestSocketDirectory)
            return socket;
        if (!Environment.IsPrivilegedProcess)
            return System.IO.Directory.CreateTempSubdirectory("hdms-").FullName;
        System.IO.Directory.CreateDirectory(Path.Combine(SystemHome, hash));
        return Path.Combine(SystemHome, hash, "socket");
    }

    static string FileIn(string data) => Path.Combine(data, "cluster");
}
