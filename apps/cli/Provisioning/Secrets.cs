using System.Security.Cryptography;
using System.Text.Json;
using Hdms.Cli.Cluster;
using Hdms.Contracts;
using Microsoft.Extensions.Configuration;

namespace Hdms.Cli.Provisioning;

/// <summary>
/// Passwords and keys by the names of their settings. What the settings give is taken; what they do not is made up once,
/// 32 random bytes, and kept in <c>secrets.json</c> of the data directory, for its owner's eyes only.
/// </summary>
internal sealed class Secrets(string data, IConfiguration? settings = null)
{
    public const string Superuser = "superuser_password";
    public const string ServiceKey = "service_key";

    static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    readonly Lock _lock = new();

    public string FilePath { get; } = Path.Combine(data, "secrets.json");

    public string this[string name] => IsSet(name) ? settings![name]! : KeptOrNew(name);

    public bool IsSet(string name) => settings?[name] is { Length: > 0 };

    /// <summary>What is kept for services, to be laid under their settings: everything but the superuser's password.</summary>
    public Dictionary<string, string?> Kept()
    {
        lock (_lock)
            return Load().Where(s => s.Key != Superuser).ToDictionary(s => s.Key, s => (string?)s.Value, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Makes up what these services need and nobody has set.</summary>
    public void MakeUpFor(IEnumerable<Service> services)
    {
        _ = this[ServiceKey];
        foreach (var service in services)
            _ = (this[$"{service.Name}_password"], this[$"{service.Name}_owner_password"]);
    }

    string KeptOrNew(string name)
    {
        lock (_lock)
        {
            var all = Load();
            if (all.TryGetValue(name, out var kept))
                return kept;
            all[name] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
            Save(all);
            return all[name];
        }
    }

    SortedDictionary<string, string> Load() => File.Exists(FilePath)
        ? JsonSerializer.Deserialize<SortedDictionary<string, string>>(File.ReadAllBytes(FilePath))!
        : new SortedDictionary<string, string>(StringComparer.Ordinal);

    // On the disk and renamed before a password is used: a cluster whose superuser's password is lost can't be entered again.
    void Save(SortedDictionary<string, string> all)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
        var fresh = FilePath + ".new";
        using (var stream = PrivateFile.Create(fresh))
        {
            JsonSerializer.Serialize(stream, all, Json);
            stream.Flush(flushToDisk: true);
        }

        File.Move(fresh, FilePath, overwrite: true);
    }
}
