using System.Runtime.CompilerServices;

namespace Hdms.Kit.Tests.Readme;

public sealed class ReadmeTests
{
    [Fact]
    public async Task Every_line_of_code_in_the_readme_is_one_that_compiles()
    {
        var here = Path.GetDirectoryName(ThisFile())!;
        var compiled = await LinesAsync(Path.Combine(here, "NotesService.cs"));
        var known = compiled.ToHashSet(StringComparer.Ordinal);
        var quoted = new List<string>();
        var inCode = false;
        foreach (var line in await LinesAsync(Path.Combine(here, "../../../kit/README.md")))
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                inCode = line == "```csharp";
            }
            else if (inCode && line.Length > 0)
            {
                quoted.Add(line);
            }
        }

        quoted.Count.ShouldBeGreaterThan(40);
        quoted.Where(q => !known.Contains(q)).ShouldBeEmpty();
    }

    static async Task<string[]> LinesAsync(string path) =>
        [.. (await File.ReadAllLinesAsync(path, TestContext.Current.CancellationToken)).Select(l => l.Trim())];

    static string ThisFile([CallerFilePath] string path = "") => path;
}
