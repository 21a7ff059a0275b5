using System.Text.RegularExpressions;

namespace Hdms.Architecture.Tests;

/// <summary>What the documents point to is there.</summary>
public sealed partial class DocumentTests
{
    [Fact]
    public void Every_link_in_a_document_leads_somewhere()
    {
        var broken =
            from file in Repository.Files("*.md")
            from Match link in Link().Matches(File.ReadAllText(file))
            let target = link.Groups["target"].Value.Split('#')[0]
            where target.Length > 0 && !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith("mailto:", StringComparison.Ordinal)
            where !Path.Exists(Path.Combine(Path.GetDirectoryName(file)!, target))
            select $"{Path.GetRelativePath(Repository.Root, file)} → {target}";

        broken.ShouldBeEmpty();
    }

    [Fact]
    public void Every_decision_that_a_comment_names_is_written_down()
    {
        var missing =
            from file in Repository.Files("*.cs")
            from Match name in Decision().Matches(File.ReadAllText(file))
            where !File.Exists(Path.Combine(Repository.Root, name.Value))
            select $"{Path.GetRelativePath(Repository.Root, file)} → {name.Value}";

        missing.ShouldBeEmpty();
    }

    [Fact]
    public void Every_setting_that_the_code_reads_is_in_the_list_of_settings()
    {
        var list = File.ReadAllText(Path.Combine(Repository.Root, "docs", "settings.md"));
        var missing =
            from file in Repository.Files("*.cs")
            where Repository.Part(file) is "kit" or "apps/cli" or "apps/web" || Repository.Part(file).StartsWith("services/", StringComparison.Ordinal)
            from Match setting in Setting().Matches(File.ReadAllText(file))
            let name = setting.Groups["name"].Value.Replace("{service.Name}", "users", StringComparison.Ordinal).Replace("{service}", "users", StringComparison.Ordinal).Replace("{name}", "users", StringComparison.Ordinal)
            // PostgreSQL's own settings, which the private cluster sets and the doctor looks at.
            where Path.GetFileName(file) is not ("ServerCheck.cs" or "ServerSettings.cs") && !list.Contains($"`{name}`", StringComparison.Ordinal)
            select $"{Path.GetRelativePath(Repository.Root, file)} reads {name}";

        missing.ShouldBeEmpty();
    }

    [GeneratedRegex("""settings(\.Required|\.Flag|\.Number)?[\[(]\$?"(?<name>[\w{}.]+)" """, RegexOptions.IgnorePatternWhitespace, 5000)]
    private static partial Regex Setting();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)", RegexOptions.None, 5000)]
    private static partial Regex Link();

    [GeneratedRegex(@"docs/decisions/\d{4}-[\w-]+\.md", RegexOptions.None, 5000)]
    private static partial Regex Decision();
}
