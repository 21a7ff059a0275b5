using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace PgSplit.Tests;

/// <summary>The page of cases says what is so: its tests are there and carry the case's number, its findings are among plan's.</summary>
public sealed partial class CasesTests
{
    const int Cases = 112;

    [Fact]
    public void Each_case_of_the_protocol_is_shown_by_a_test_refused_by_a_finding_or_has_a_reason()
    {
        var docs = Path.Combine(Root(), "docs");
        var findings = Code().Matches(File.ReadAllText(Path.Combine(docs, "pgsplit.md"))).Select(m => m.Groups[1].Value).ToHashSet();
        var tests = Tests().ToLookup(t => t.Name, t => t.Cases);
        var rows = Row().Matches(File.ReadAllText(Path.Combine(docs, "pgsplit-cases.md")));

        rows.Select(r => int.Parse(r.Groups[1].Value, CultureInfo.InvariantCulture)).ShouldBe(Enumerable.Range(1, Cases));
        foreach (Match row in rows)
        {
            var shown = row.Groups[3].Value;
            if (shown.StartsWith("not ", StringComparison.Ordinal))
            {
                shown.ShouldMatch("^not (tested|supported): .{10,}");
                continue;
            }

            var names = Code().Matches(shown).Select(m => m.Groups[1].Value).ToList();
            names.ShouldNotBeEmpty(row.Value);
            foreach (var name in names)
                (findings.Contains(name) || tests[name].Any(cases => cases.Contains(row.Groups[1].Value))).ShouldBeTrue($"case {row.Groups[1].Value}: {name}");
        }
    }

    [Fact]
    public void No_test_has_a_case_that_there_is_not() =>
        Tests().SelectMany(t => t.Cases).Select(c => int.Parse(c, CultureInfo.InvariantCulture)).ShouldAllBe(c => c >= 1 && c <= Cases);

    static IEnumerable<(string Name, HashSet<string> Cases)> Tests() =>
        typeof(CasesTests).Assembly.GetTypes().SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Select(method => (method.Name, method.GetCustomAttributes<TraitAttribute>().Concat(type.GetCustomAttributes<TraitAttribute>()).Where(t => t.Name == "Case").Select(t => t.Value).ToHashSet())));

    static string Root()
    {
        var directory = AppContext.BaseDirectory;
        while (!Directory.Exists(Path.Combine(directory, "docs")))
            directory = Path.GetDirectoryName(directory.TrimEnd('/'))!;
        return directory;
    }

    [GeneratedRegex(@"^\| (\d+) \| (.+) \| (.+) \|$", RegexOptions.Multiline, 1000)]
    private static partial Regex Row();

    [GeneratedRegex("`([A-Za-z0-9_-]+)`", RegexOptions.None, 1000)]
    private static partial Regex Code();
}
