namespace Hdms.Cli.Cluster;

internal static class PrivateFile
{
    static readonly FileStreamOptions OwnersOnly = new()
    {
        Mode = FileMode.CreateNew,
        Access = FileAccess.Write,
        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
    };

    /// <summary>A new file, unreadable for others before there is anything in it to read.</summary>
    public static FileStream Create(string path)
    {
        File.Delete(path);
        return new FileStream(path, OwnersOnly);
    }
}
