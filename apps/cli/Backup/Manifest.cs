using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hdms.Cli.Backup;

/// <summary>What a backup says of itself: <c>manifest.json</c>, written last. Without it a folder is no backup.</summary>
/// <param name="Format">Rises when the meaning of a member changes.</param>
/// <param name="Commit">What <c>git describe</c> says of the program's sources, if they are there.</param>
internal sealed record Manifest(
    int Format,
    DateTimeOffset TakenAt,
    string Program,
    string? Commit,
    IReadOnlyList<DatabaseInBackup> Databases,
    IReadOnlyList<ServiceInBackup> Services,
    FilesOfBackup? Files = null)
{
    public const int NewestFormat = 1;
    public const string FileName = "manifest.json";

    static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Json);

    public static Manifest Read(string folder)
    {
        var file = Path.Combine(folder, FileName);
        try
        {
            var manifest = JsonSerializer.Deserialize<Manifest>(File.ReadAllBytes(file), Json);
            return manifest is { Databases: not null, Services: not null, Format: <= NewestFormat }
                ? manifest
                : throw new OneLineError($"{file} is of a later program; verify it with that.");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            throw new OneLineError($"{folder} is no complete backup: its {FileName} is missing or can't be read.", ExitCode.Different, e);
        }
    }
}

/// <param name="Dump">The file's name in the folder.</param>
/// <param name="Sha256">Of the dump.</param>
internal sealed record DatabaseInBackup(
    string Name, int ServerMajor, string Dump, long Bytes, string Sha256, IReadOnlyList<TableContent> Tables, IReadOnlyList<RouteInBackup> Routes);

/// <summary>Where the database itself said that a service was at home (PROTOCOL 1.0).</summary>
internal sealed record RouteInBackup(string Service, long Epoch, string WriteAddress);

/// <summary>The attachments whose bytes were in the storage; they are not in the backup.</summary>
/// <param name="List">The file's name in the folder: a line for each, with name, size and SHA-256.</param>
/// <param name="Sha256">Of the list.</param>
internal sealed record FilesOfBackup(string List, long Count, long Bytes, string Sha256);

/// <param name="Home">The database it was at home in.</param>
/// <param name="LogEpoch">Null where the log has never begun.</param>
/// <param name="LogPosition">The last event in the backup.</param>
internal sealed record ServiceInBackup(string Name, string Home, int? LogEpoch, long LogPosition, IReadOnlyList<ScriptInBackup> Schema);

internal sealed record ScriptInBackup(string Script, string Checksum);
