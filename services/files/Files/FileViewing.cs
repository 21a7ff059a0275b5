using Hdms.Contracts;
using Hdms.Kit.Database;
using Npgsql;

namespace Hdms.Files.Files;

/// <summary>Shows files with the names that belong to them.</summary>
static class FileViewing
{
    public static async Task<FileView> OneAsync(ServiceDatabase database, Attachment file, CancellationToken ct) =>
        (await database.ReadAsync(c => ManyAsync(c, [file], ct), ct))[0];

    public static async Task<IReadOnlyList<FileView>> ManyAsync(NpgsqlConnection connection, IReadOnlyList<Attachment> files, CancellationToken ct)
    {
        var names = await Names.ReadAsync(connection, files.Select(f => f.UploadedById), ct);
        return [.. files.Select(f => f.View(names))];
    }
}
