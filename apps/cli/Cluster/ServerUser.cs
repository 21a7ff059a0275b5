namespace Hdms.Cli.Cluster;

/// <summary>
/// Who PostgreSQL runs as. It refuses to run as root; started by root it runs as <c>postgres</c>, or as <c>hdms</c>,
/// made when there is no <c>postgres</c>. Started by anybody else, it runs as them.
/// </summary>
internal sealed record ServerUser(string? Name, string? Uid, string? Gid)
{
    public static async Task<ServerUser> FindAsync(CancellationToken ct)
    {
        if (!Environment.IsPrivilegedProcess)
            return new ServerUser(null, null, null);

        foreach (var name in new[] { "postgres", "hdms" })
        {
            if (await LookUpAsync(name, ct) is { } user)
                return user;
        }

        await Tool.MustRunAsync(
            ["useradd", "--system", "--user-group", "--home-dir", "/var/lib/hdms", "--no-create-home", "--shell", "/usr/sbin/nologin", "hdms"],
            "Creating the system user hdms for PostgreSQL",
            ct);
        return await LookUpAsync("hdms", ct) ?? throw new OneLineError("The system user hdms was created and can't be found.");
    }

    /// <summary>The same command, run as this user. The process keeps its id: setpriv replaces itself.</summary>
    public string[] Run(params IEnumerable<string> command) =>
        Name is null ? [.. command] : ["setpriv", "--reuid", Uid!, "--regid", Gid!, "--clear-groups", "--", .. command];

    /// <summary>Whether this user can reach a directory, whatever its parents' modes and access lists say.</summary>
    public async Task<bool> CanEnterAsync(string directory, CancellationToken ct) =>
        Name is null || (await Tool.RunAsync(Run("test", "-x", directory), ct)).ExitCode == 0;

    /// <summary>Makes a directory that only this user may enter.</summary>
    public async Task MakeDirectoryAsync(string directory, CancellationToken ct)
    {
        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await GiveAsync(directory, ct);
    }

    public async Task GiveAsync(string path, CancellationToken ct)
    {
        if (Name is not null)
            await Tool.MustRunAsync(["chown", $"{Uid}:{Gid}", path], $"Giving {path} to {Name}", ct);
    }

    static async Task<ServerUser?> LookUpAsync(string name, CancellationToken ct)
    {
        var uid = await Tool.RunAsync(["id", "-u", name], ct);
        var gid = await Tool.RunAsync(["id", "-g", name], ct);
        return uid.ExitCode == 0 ? new ServerUser(name, uid.Output.Trim(), gid.Output.Trim()) : null;
    }
}
