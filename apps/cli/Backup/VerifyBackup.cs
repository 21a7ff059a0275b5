using Hdms.Cli.Cluster;
using Hdms.Cli.Hosting;
using Hdms.Cli.Provisioning;
using Hdms.Files.Storage;
using Hdms.Kit.Database;
using Npgsql;

namespace Hdms.Cli.Backup;

/// <summary>Restores a backup into databases that nobody else uses, and compares what is in them with what the manifest says.</summary>
internal sealed class VerifyBackup(DatabaseServer server, IProgress<string> progress)
{
    const string Scratch = "hdms_verify_";

    /// <returns>What differs, in words; nothing when the backup is good.</returns>
    public async Task<IReadOnlyList<string>> RunAsync(string folder, CancellationToken ct)
    {
        var manifest = Manifest.Read(folder);
        var admin = server.NeedAdminOf(AllServices.Contracts[0]);
        await using var maintenance = await DatabaseServer.OpenAsync(admin, ct);
        // One at a time, so that scratch databases that are there already are what a killed one left.
        await AdminSql.RunAsync(maintenance, "SELECT pg_advisory_lock(hashtextextended('hdms backup verify', 0))", ct);
        await DropLeftoversAsync(maintenance, ct);

        var differences = new List<string>();
        foreach (var database in manifest.Databases)
        {
            progress.Report($"Checking {database.Dump}");
            var file = Path.Combine(folder, Path.GetFileName(database.Dump));
            if (!File.Exists(file))
                differences.Add($"{database.Dump}: is missing");
            else if (await TakeBackup.Sha256Async(file, ct) is var sha256 && sha256 != database.Sha256)
                differences.Add($"{database.Dump}: its SHA-256 is {sha256}, the manifest says {database.Sha256}");
            else
                differences.AddRange(await RestoreAndCompareAsync(maintenance, admin, database, file, ct));
        }

        if (manifest.Files is { } files)
            differences.AddRange(await CompareFilesAsync(folder, files, ct));
        return differences;
    }

    /// <summary>The bytes of attachments are not in the backup; whether they are still where they were is looked at all the same.</summary>
    public async Task<IReadOnlyList<string>> CompareFilesAsync(string folder, FilesOfBackup files, CancellationToken ct)
    {
        var path = Path.Combine(folder, Path.GetFileName(files.List));
        if (!File.Exists(path))
            return [$"{files.List}: is missing"];
        if (await TakeBackup.Sha256Async(path, ct) is var sha256 && sha256 != files.Sha256)
            return [$"{files.List}: its SHA-256 is {sha256}, the manifest says {files.Sha256}"];
        progress.Report($"Comparing {files.Count} attachments");
        await using var list = File.OpenRead(path);
        try
        {
            return await FilesInBackup.CompareAsync(server.Settings, list, ct).ToListAsync(ct);
        }
        catch (IOException e)
        {
            return [$"The storage of attachments could not be looked at: {e.Message}"];
        }
    }

    async Task<IReadOnlyList<string>> RestoreAndCompareAsync(
        NpgsqlConnection maintenance, string admin, DatabaseInBackup database, string file, CancellationToken ct)
    {
        var scratch = new NpgsqlConnectionStringBuilder(admin) { Database = Scratch + Guid.NewGuid().ToString("N")[..12] };
        await AdminSql.RunAsync(maintenance, $"CREATE DATABASE {Sql.Name(scratch.Database)} TEMPLATE template0 ENCODING 'UTF8'", ct);
        try
        {
            progress.Report($"Restoring {database.Dump}");
            var programs = await ClientPrograms.FindAsync(server.Installation.PgBin, Math.Max(maintenance.PostgreSqlVersion.Major, database.ServerMajor), ct);
            await Dump.RestoreAsync(programs, file, scratch.ConnectionString, ct);
            await using var connection = await DatabaseServer.OpenAsync(scratch.ConnectionString, ct);
            return Compare(database, await TableContent.ReadAsync(connection, progress, ct));
        }
        catch (OneLineError e)
        {
            return [$"{database.Dump}: can't be restored: {e.Message}"];
        }
        finally
        {
            // Not ct: whoever cancelled does not want it left behind.
            await DropAsync(maintenance, scratch.Database, CancellationToken.None);
        }
    }

    public static List<string> Compare(DatabaseInBackup database, IReadOnlyList<TableContent> restored)
    {
        var differences = new List<string>();
        var there = restored.ToDictionary(t => t.Table, StringComparer.Ordinal);
        foreach (var wanted in database.Tables)
        {
            if (!there.Remove(wanted.Table, out var found))
                differences.Add($"{database.Name}: table {wanted.Table} is missing");
            else if (found.Rows != wanted.Rows)
                differences.Add($"{database.Name}: {wanted.Table} has {found.Rows} rows, the manifest says {wanted.Rows}");
            else if (found.Checksum != wanted.Checksum)
                differences.Add($"{database.Name}: {wanted.Table} has as many rows as the manifest says, but not the same content");
        }

        differences.AddRange(there.Keys.Select(t => $"{database.Name}: the manifest has no table {t}"));
        return differences;
    }

    static async Task DropLeftoversAsync(NpgsqlConnection maintenance, CancellationToken ct)
    {
        var names = new List<string>();
        await using (var command = new NpgsqlCommand($"SELECT datname FROM pg_database WHERE datname LIKE '{Scratch.Replace("_", @"\_", StringComparison.Ordinal)}%'", maintenance))
        {
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
                names.Add(reader.GetString(0));
        }

        foreach (var name in names)
            await DropAsync(maintenance, name, ct);
    }

    static Task DropAsync(NpgsqlConnection maintenance, string database, CancellationToken ct) =>
        AdminSql.RunAsync(maintenance, $"DROP DATABASE IF EXISTS {Sql.Name(database)} WITH (FORCE)", ct);
}
