using System.Globalization;
using System.Text.RegularExpressions;

namespace Hdms.Architecture.Tests;

/// <summary>What is logged: no rows of a database, and each message under a number of its own.</summary>
public sealed partial class LogTests
{
    // Calls of another service: its answer is a problem, which has no rows in it, and no database of ours was asked.
    static readonly string[] NotOfADatabase = ["ServiceAway", "ServiceRefused", "OwnerAway"];

    [Fact]
    public void An_exception_is_logged_without_the_rows_that_PostgreSQL_tells_of()
    {
        var raw =
            from m in Messages()
            where (m.Part == "kit" || m.Part.StartsWith("services/", StringComparison.Ordinal)) && !NotOfADatabase.Contains(m.Method)
            from Match call in Regex.Matches(m.Text, $@"(?<!void )\b{m.Method}\((?<arguments>[^;]*)\);", RegexOptions.None, TimeSpan.FromSeconds(5))
            let arguments = call.Groups["arguments"].Value
            where (m.TakesException && !arguments.Contains("DatabaseFaults.WithoutRows(", StringComparison.Ordinal))
                || arguments.Contains(".Message", StringComparison.Ordinal)
            select $"{m.File}: {call.Value}";

        raw.ShouldBeEmpty("write DatabaseFaults.WithoutRows(e) or DatabaseFaults.Describe(e)");
    }

    [Fact]
    public void Each_message_has_a_number_of_its_own_in_a_service_and_the_kit_below_it()
    {
        var all = Messages().ToList();
        all.Count.ShouldBe(Sources().Sum(f => File.ReadAllText(f).Split("[LoggerMessage(").Length - 1), "each is understood here");

        var twice =
            from part in all.Select(m => m.Part).Distinct()
            from same in all.Where(m => m.Part == part || m.Part == "kit").GroupBy(m => m.Id)
            where same.Count() > 1
            select $"{same.Key}: {string.Join(", ", same.Select(m => $"{m.File} {m.Method}"))}";

        twice.Distinct().ShouldBeEmpty("the kit has the numbers below 300");
    }

    static IEnumerable<string> Sources() => Repository.Files("*.cs").Where(f => !Repository.Part(f).StartsWith("tests/", StringComparison.Ordinal));

    static IEnumerable<Message> Messages() =>
        from file in Sources()
        let part = Repository.Part(file)
        let text = File.ReadAllText(file)
        from Match m in Declaration().Matches(text)
        select new Message(
            Path.GetRelativePath(Repository.Root, file), part, text, int.Parse(m.Groups["id"].Value, CultureInfo.InvariantCulture),
            m.Groups["method"].Value, m.Groups["parameters"].Value.Contains("Exception", StringComparison.Ordinal));

    [GeneratedRegex(@"\[LoggerMessage\((?<id>\d+),[^\]]*\]\s+[\w ]*\bvoid (?<method>\w+)\((?<parameters>[^)]*)\)", RegexOptions.None, 5000)]
    private static partial Regex Declaration();

    sealed record Message(string File, string Part, string Text, int Id, string Method, bool TakesException);
}
