using System.Globalization;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Microsoft.Extensions.Configuration;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Hdms.Kit.Hosting;

/// <summary>
/// Settings are flat names: <c>users_database</c> is <c>users: { database: … }</c> in <c>hdms.yaml</c> and
/// <c>HDMS_USERS_DATABASE</c> in the environment, which wins. docs/settings.md lists them.
/// </summary>
public static class Settings
{
    const string Prefix = "HDMS_";

    /// <exception cref="SettingException">The file can't be read.</exception>
    public static IConfigurationRoot Load(string? yamlPath, IEnumerable<KeyValuePair<string, string?>>? defaults = null)
    {
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in defaults ?? [])
        {
            values[name] = value;
        }

        if (yamlPath is not null && File.Exists(yamlPath))
        {
            Flatten(ReadYaml(yamlPath), "", values);
        }

        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            var name = (string)variable.Key;
            if (name.StartsWith(Prefix, StringComparison.Ordinal) && variable.Value is string { Length: > 0 } text)
            {
                values[name[Prefix.Length..].ToLowerInvariant()] = text;
            }
        }

        return new ConfigurationBuilder().AddInMemoryCollection(values).Build();
    }

    /// <summary>Where a service's database is: <c>&lt;service&gt;_database</c>, else the shared <c>database</c>.</summary>
    public static DatabaseAddress Database(this IConfiguration settings, string service)
    {
        var name = settings[$"{service}_database"] is null ? "database" : $"{service}_database";
        try
        {
            return DatabaseAddress.Parse(settings.Required(name));
        }
        catch (FormatException e)
        {
            throw new SettingException(name, e.Message);
        }
    }

    /// <summary>The base address at which other services reach <paramref name="service"/>.</summary>
    public static Uri Url(this IConfiguration settings, Service service)
    {
        ArgumentNullException.ThrowIfNull(service);
        var name = $"{service.Name}_url";
        return Uri.TryCreate(settings[name] ?? $"http://127.0.0.1:{service.Port}", UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            ? url
            : throw new SettingException(name, $"'{settings[name]}' is not the base address of a service; write http://127.0.0.1:{service.Port}.");
    }

    public static string Required(this IConfiguration settings, string name)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return settings[name] is { Length: > 0 } value
            ? value
            : throw new SettingException(name, $"is not set. Set {Prefix}{name.ToUpperInvariant()}, or {name} in hdms.yaml.");
    }

    public static int Number(this IConfiguration settings, string name, int otherwise, int least, int most)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (settings[name] is not { } text)
        {
            return otherwise;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new SettingException(name, $"'{text}' is not a whole number from {least} to {most}.");
    }

    public static bool Flag(this IConfiguration settings, string name, bool otherwise)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return settings[name]?.ToLowerInvariant() switch
        {
            null => otherwise,
            "true" or "yes" or "on" or "1" => true,
            "false" or "no" or "off" or "0" => false,
            var text => throw new SettingException(name, $"'{text}' is neither true nor false."),
        };
    }

    static YamlNode? ReadYaml(string path)
    {
        try
        {
            using var reader = new StreamReader(path);
            var yaml = new YamlStream();
            yaml.Load(reader);
            return yaml.Documents.Count == 0 ? null : yaml.Documents[0].RootNode;
        }
        catch (YamlException e)
        {
            throw new SettingException(Path.GetFileName(path), $"is not valid YAML at line {e.Start.Line}: {e.Message}");
        }
    }

    static void Flatten(YamlNode? node, string name, Dictionary<string, string?> values)
    {
        switch (node)
        {
            case YamlMappingNode map:
                foreach (var (key, value) in map.Children)
                {
                    Flatten(value, name.Length == 0 ? key.ToString() : $"{name}_{key}", values);
                }

                break;
            case YamlSequenceNode list:
                values[name] = string.Join(',', list.Children.Select(c => c.ToString()));
                break;
            case YamlScalarNode scalar:
                values[name] = scalar.Value;
                break;
        }
    }
}

/// <summary>A setting is missing or wrong; a program with a wrong setting does not start and says which one.</summary>
public sealed class SettingException(string name, string problem) : Exception($"Setting {name}: {problem}")
{
    public string Name { get; } = name;
}
