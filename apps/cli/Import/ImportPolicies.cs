using System.Diagnostics;
using System.Reflection;
using System.Text.RegularExpressions;
using Hdms.Cli.Provisioning;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Hdms.Cli.Import;

/// <summary>What is read of the old system, and what becomes of rows that today's rules would refuse (samples/monolith/import.yaml).</summary>
internal sealed partial class ImportPolicies
{
    static readonly string[] Statuses =
        ["draft", "submitted", "pending", "under_review", "assigned", "in_progress", "waiting_approval", "approved", "rejected", "resolved", "closed", "reopened", "postponed"];

    static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["emails_differ_in_case"] = ["keep_first", "suffix", "null", "quarantine"],
        ["work_without_assignee"] = ["head", "queue", "reject"],
        ["closed_without_reason"] = ["verified", "auto", "forced", "reject"],
        ["unknown_status"] = ["reject", .. Statuses.Except(["draft", "postponed", "waiting_approval"])],
        ["orphan_notifications"] = ["reject", "detach"],
        ["files_without_uploader"] = ["requester", "reject"],
        ["long_messages"] = ["split", "cut", "reject"],
    };

    readonly Dictionary<string, string> _values;
    readonly IReadOnlyList<Regex> _ignored;

    ImportPolicies(Written written)
    {
        _values = new Dictionary<string, string>(written.Policies!, StringComparer.Ordinal) { ["time_zone"] = written.TimeZone! };
        _ignored = [.. (written.Ignore ?? []).Select(i => new Regex($"^{Regex.Escape(i).Replace("\\*", ".*", StringComparison.Ordinal)}$", RegexOptions.None, TimeSpan.FromSeconds(1)))];
        (Tables, Ignore) = (written.Tables!, written.Ignore ?? []);
    }

    /// <summary>The old tables, and their columns that are read.</summary>
    public IReadOnlyDictionary<string, string[]> Tables { get; }

    /// <summary>Old tables that nobody needs, as written.</summary>
    public IReadOnlyList<string> Ignore { get; }

    public IEnumerable<KeyValuePair<string, string>> Values => _values.OrderBy(v => v.Key, StringComparer.Ordinal);

    public bool IsIgnored(string table) => _ignored.Any(i => i.IsMatch(table));

    /// <param name="file">Null: as they come with the program.</param>
    public static ImportPolicies Read(string? file)
    {
        if (file is not null && !File.Exists(file))
            throw new OneLineError($"There is no file {file}.", ExitCode.WrongUsage);
        var usual = Parse(Resource("import.yaml"), "import.yaml");
        if (file is null)
            return new ImportPolicies(usual);
        var given = Parse(File.ReadAllText(file), file);
        var policies = new Dictionary<string, string>(usual.Policies!, StringComparer.Ordinal);
        foreach (var (name, value) in given.Policies ?? [])
            policies[name] = value ?? "null";
        Check(policies, file);
        return new ImportPolicies(new Written { TimeZone = given.TimeZone ?? usual.TimeZone, Policies = policies, Tables = given.Tables ?? usual.Tables, Ignore = given.Ignore ?? usual.Ignore });
    }

    /// <summary>A script of samples/monolith/import, with what the policies say in its place.</summary>
    public string Script(string name) => Asked().Replace(Resource($"import/{name}.sql"), m => AdminSql.Text(_values.TryGetValue(m.Groups["name"].Value, out var value)
        ? value
        : throw new UnreachableException($"{name}.sql asks for {m.Groups["name"].Value}")));

    public static string Resource(string name)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream($"monolith/{name}") ?? throw new UnreachableException(name));
        return reader.ReadToEnd();
    }

    static Written Parse(string text, string file)
    {
        try
        {
            return new DeserializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance).Build().Deserialize<Written?>(text) ?? new Written();
        }
        catch (YamlException e)
        {
            throw new OneLineError($"{file}:{e.Start.Line}: {e.InnerException?.Message ?? e.Message}", ExitCode.WrongUsage, e);
        }
    }

    static void Check(Dictionary<string, string> policies, string file)
    {
        foreach (var (name, value) in policies)
        {
            if (!Allowed.TryGetValue(name, out var values))
                throw new OneLineError($"{file}: there is no policy {name}; there are: {string.Join(", ", Allowed.Keys)}.", ExitCode.WrongUsage);
            if (!values.Contains(value))
                throw new OneLineError($"{file}: {name} is one of {string.Join(", ", values)}, not '{value}'.", ExitCode.WrongUsage);
        }
    }

    [GeneratedRegex(@"hdms_import\.policy\('(?<name>\w+)'\)", RegexOptions.None, 1000)]
    private static partial Regex Asked();

    sealed class Written
    {
        public string? TimeZone { get; set; }

        public Dictionary<string, string>? Policies { get; set; }

        public Dictionary<string, string[]>? Tables { get; set; }

        public string[]? Ignore { get; set; }
    }
}
