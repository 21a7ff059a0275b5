using System.Text.RegularExpressions;

namespace Hdms.Architecture.Tests;

/// <summary>Who may refer to whom (DESIGN section 3, the table).</summary>
public sealed partial class ReferenceTests
{
    static readonly (string From, string[] May)[] Table =
    [
        ("contracts", []),
        ("kit", ["contracts"]),
        ("services/", ["contracts", "kit"]),
        ("apps/web", ["contracts", "kit"]),
        ("apps/cli", ["contracts", "kit", "services/", "apps/web", "engine/"]),
        ("engine/", ["engine/"]),
    ];

    [Fact]
    public void Each_project_refers_only_to_what_the_table_allows()
    {
        var wrong =
            from project in Repository.Projects()
            let may = Table.Single(row => project.Part.StartsWith(row.From, StringComparison.Ordinal)).May
            from target in project.RefersTo
            where !may.Any(m => target.StartsWith(m, StringComparison.Ordinal))
            select $"{project.Project} refers to {target}";

        wrong.ShouldBeEmpty();
    }

    [Fact]
    public void The_table_speaks_of_projects_that_are_there()
    {
        var parts = Repository.Projects().Select(p => p.Part).ToList();

        foreach (var part in new[] { "contracts", "kit", "services/users", "apps/cli", "apps/web" })
        {
            parts.ShouldContain(part);
        }
    }

    [Fact]
    public void Contracts_stand_on_the_framework_alone() =>
        File.ReadAllText(Path.Combine(Repository.Root, "contracts", "Hdms.Contracts.csproj")).ShouldNotContain("PackageReference");

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = File.ReadAllText(Path.Combine(Repository.Root, "Hdms.slnx"));

        Repository.Files("*.csproj").Select(f => Path.GetRelativePath(Repository.Root, f)).Where(f => !solution.Contains($"\"{f}\"", StringComparison.Ordinal))
            .ShouldBeEmpty();
    }

    [Fact]
    public void No_service_names_another_services_tables()
    {
        var owner = (
            from file in Repository.Files("*.sql")
            where Repository.Part(file).StartsWith("services/", StringComparison.Ordinal)
            from Match table in CreateTable().Matches(File.ReadAllText(file))
            select (Table: table.Groups["name"].Value, Part: Repository.Part(file))).Distinct().ToList();
        owner.ShouldNotBeEmpty();

        var wrong =
            from file in Repository.Files("*.cs").Concat(Repository.Files("*.sql"))
            let part = Repository.Part(file)
            where part.StartsWith("services/", StringComparison.Ordinal)
            let text = File.ReadAllText(file)
            from table in owner
            where table.Part != part && Regex.IsMatch(text, $@"(?i)\b(from|join|into|update|table|references)\s+""?{table.Table}\b", RegexOptions.None, TimeSpan.FromSeconds(5))
            select $"{Path.GetRelativePath(Repository.Root, file)} names {table.Table} of {table.Part}";

        wrong.ShouldBeEmpty();
    }

    [Fact]
    public void Only_Redis_adapter_knows_the_Redis_client() =>
        Repository.Files("*.cs").Where(f => Path.GetFileName(f) is not ("RedisStore.cs" or "RedisLink.cs" or "RedisAddress.cs") && Repository.Part(f) == "kit")
            .Where(f => File.ReadAllText(f).Contains("StackExchange.Redis", StringComparison.Ordinal))
            .ShouldBeEmpty();

    [GeneratedRegex(@"CREATE TABLE (IF NOT EXISTS )?(?<name>\w+)", RegexOptions.IgnoreCase, 5000)]
    private static partial Regex CreateTable();
}
