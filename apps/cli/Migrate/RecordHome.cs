using System.Text.RegularExpressions;
using Hdms.Contracts;
using Hdms.Kit.Database;

namespace Hdms.Cli.Migrate;

/// <summary>
/// Puts a service's new home where the next start looks for it: until then the route, which is in the database, leads there. A service
/// that starts on an old setting follows the route all the same.
/// </summary>
internal static class RecordHome
{
    /// <returns>What was done, or what is left to be done, for people.</returns>
    public static async Task<string> RunAsync(DatabaseServer server, Service service, DatabaseAddress home, CancellationToken ct)
    {
        var installation = server.Installation;
        if (server.IsPrivate)
        {
            var homes = HomesOnPrivateServer.Read(installation.Data).ToDictionary(StringComparer.Ordinal);
            homes[service.Name] = home.Database;
            if (home.Database == Services.SharedDatabase)
                homes.Remove(service.Name);
            return $"{HomesOnPrivateServer.Write(installation.Data, homes)} says so";
        }

        var name = $"{service.Name}_database";
        if (Environment.GetEnvironmentVariable($"HDMS_{name.ToUpperInvariant()}") is { Length: > 0 } set && set != home.ToString())
            return $"set HDMS_{name.ToUpperInvariant()}={home} where it is set now, which wins over hdms.yaml";
        if (installation.SettingsFile is not { } file)
            return $"set HDMS_{name.ToUpperInvariant()}={home}, or {name} in hdms.yaml";
        var text = await File.ReadAllTextAsync(file, ct);
        await File.WriteAllTextAsync(file + ".new", With(text, service, home), ct);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file + ".new", File.GetUnixFileMode(file));
        File.Move(file + ".new", file, overwrite: true);
        return $"{file} says so; give every machine's the same";
    }

    /// <summary>The file with the one line that says where the service's database is; all else, comments too, as it was.</summary>
    internal static string With(string yaml, Service service, DatabaseAddress home)
    {
        var name = $"{service.Name}_database";
        var flat = new Regex($@"^{name}:[^\r\n]*", RegexOptions.Multiline, Patience);
        if (flat.IsMatch(yaml))
            return flat.Replace(yaml, _ => $"{name}: {home}", 1);
        var nested = new Regex($@"(?<=^{service.Name}:[^\S\n]*(?:#[^\n]*)?\n(?:[^\S\n]+[^\n]*\n|[^\S\n]*\n|[^\S\n]*#[^\n]*\n)*?)(?<indent>[^\S\n]+)database:[^\r\n]*", RegexOptions.Multiline, Patience);
        if (nested.Match(yaml) is { Success: true } match)
            return nested.Replace(yaml, _ => $"{match.Groups["indent"].Value}database: {home}", 1);
        return yaml + (yaml.Length == 0 || yaml.EndsWith('\n') ? "" : "\n") + $"{name}: {home}\n";
    }

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
}
