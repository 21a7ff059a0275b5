using System.Xml.Linq;

namespace Hdms.Architecture.Tests;

/// <summary>The repository as its files say it is.</summary>
static class Repository
{
    public static readonly string Root = FindRoot();

    /// <summary>Every project but tests and benchmarks, with the parts that its file refers to.</summary>
    public static IEnumerable<(string Project, string Part, IReadOnlyList<string> RefersTo)> Projects()
    {
        foreach (var file in Files("*.csproj").Where(f => !Part(f).StartsWith("tests", StringComparison.Ordinal) && Part(f) != "bench" && Part(f) != "samples"))
        {
            var references = XDocument.Load(file).Descendants("ProjectReference").Select(r => r.Attribute("Include")!.Value)
                .Select(path => Part(Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, path))));
            yield return (Path.GetRelativePath(Root, file), Part(file), [.. references]);
        }
    }

    /// <summary>Files of the repository, without what builds and runs leave behind.</summary>
    public static IEnumerable<string> Files(string pattern) =>
        Directory.EnumerateFiles(Root, pattern, SearchOption.AllDirectories).Where(f =>
            !Path.GetRelativePath(Root, f).Split(Path.DirectorySeparatorChar).Any(d => d is "bin" or "obj" or ".hdms" or ".git" or "node_modules"));

    /// <summary><c>kit</c>, <c>services/users</c>, <c>apps/cli</c>…: the first folder, and the second where the first only groups.</summary>
    public static string Part(string file)
    {
        var folders = Path.GetRelativePath(Root, file).Split(Path.DirectorySeparatorChar);
        return folders[0] is "services" or "apps" or "engine" or "tests" ? $"{folders[0]}/{folders[1]}" : folders[0];
    }

    static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Hdms.slnx")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests do not run inside the repository.");
        }

        return folder.FullName;
    }
}
