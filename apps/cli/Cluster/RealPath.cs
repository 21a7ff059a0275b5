namespace Hdms.Cli.Cluster;

internal static class RealPath
{
    /// <summary>The path without symbolic links, as the kernel names a process's working directory.</summary>
    public static string Of(string path)
    {
        var real = "/";
        foreach (var name in Path.GetFullPath(path).Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var next = Path.Combine(real, name);
            real = new FileInfo(next).LinkTarget is { } target ? Of(Path.Combine(real, target)) : next;
        }

        return real;
    }
}
