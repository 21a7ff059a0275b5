using System.CommandLine;
using Hdms.Cli.Cluster;
using Hdms.Cli.Commands;
using Hdms.Cli.Provisioning;
using Hdms.Contracts;
using Microsoft.Extensions.Configuration;

namespace Hdms.Cli;

/// <summary>What a command line and the settings say together: where the data is, and what is set.</summary>
internal sealed class Installation
{
    const string DataSetting = "data";
    const string PgBinSetting = "pg_bin";

    readonly string? _file;
    readonly Dictionary<string, string?> _given;

    Installation(string? file, IConfigurationRoot settings, Dictionary<string, string?> given, string data) =>
        (_file, Settings, _given, Data) = (file, settings, given, data);

    /// <summary>With links resolved, so that it has one name.</summary>
    public string Data { get; }

    /// <summary>The settings file; null where there is none.</summary>
    public string? SettingsFile => _file;

    /// <summary>What was set: by hdms.yaml, the environment, the command line.</summary>
    public IConfigurationRoot Settings { get; }

    public string? PgBin => Settings[PgBinSetting];

    /// <summary>Passwords and keys: as set, else made up once and kept in the data directory.</summary>
    public Secrets Secrets => new(Data, Settings);

    /// <summary>Whether somebody else's server is to be used instead of a private one.</summary>
    public bool IsOnExistingServer => Settings["database"] is { Length: > 0 } || Services.All.Any(s => Settings[$"{s.Name}_database"] is { Length: > 0 });

    public static Installation Of(ParseResult parsed)
    {
        var data = parsed.GetValue(CommonOptions.Data);
        var file = FindFile(parsed.GetValue(CommonOptions.Config), data);
        var given = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        if (parsed.GetValue(CommonOptions.PgBin) is { } pgBin)
            given[PgBinSetting] = pgBin;
        var settings = Over(Kit.Hosting.Settings.Load(file), given);
        var at = data ?? FromRoot(settings[DataSetting] ?? ".hdms");
        return new Installation(file, settings, given, RealPath.Of(at));
    }

    /// <summary>The same as when the command line says no more than where the data is.</summary>
    /// <param name="config">The settings file; null for the one that is found.</param>
    public static Installation At(string data, string? config = null)
    {
        var root = new RootCommand();
        foreach (var option in CommonOptions.All)
            root.Options.Add(option);
        return Of(root.Parse(config is null ? ["--data", data] : ["--data", data, "--config", config]));
    }

    /// <summary>The settings again, with these beneath what was set.</summary>
    public IConfigurationRoot With(IEnumerable<KeyValuePair<string, string?>> defaults) => Over(Kit.Hosting.Settings.Load(_file, defaults), _given);

    /// <summary>The settings with others on top.</summary>
    public static IConfigurationRoot Over(IConfiguration settings, IEnumerable<KeyValuePair<string, string?>> given) =>
        new ConfigurationBuilder().AddConfiguration(settings).AddInMemoryCollection(given).Build();

    static string? FindFile(string? asked, string? data)
    {
        if (asked is not null)
            return File.Exists(asked) ? asked : throw new OneLineError($"There is no settings file {asked}.", ExitCode.WrongUsage);
        var beside = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(data ?? FromRoot(".hdms"))))!;
        return new[] { beside, Environment.CurrentDirectory }.Select(d => Path.Combine(d, "hdms.yaml")).FirstOrDefault(File.Exists);
    }

    // HDMS_ROOT is the launcher's: the same data, whatever directory the command was typed in.
    static string FromRoot(string path) => Path.Combine(Environment.GetEnvironmentVariable("HDMS_ROOT") ?? Environment.CurrentDirectory, path);
}
