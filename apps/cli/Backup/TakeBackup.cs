using System.Security.Cryptography;
using System.Text;
using Dapper;
using Hdms.Cli.Cluster;
using Hdms.Cli.Hosting;
using Hdms.Files.Storage;
using Hdms.Kit;
using Hdms.Kit.Hosting;
using Npgsql;

namespace Hdms.Cli.Backup;

/// <summary>A consistent set of dumps of every database that a service is at home in, with a manifest by which it can be checked.</summary>
internal sealed class TakeBackup(DatabaseServer server, IProgress<string> progress, TimeProvider clock)
{
    /// <summary>Whose databases these are; others in tests.</summary>
    internal IReadOnlyList<ServiceDefinition> Services { get; init; } = AllServices.Definitions;

    /// <summary>Named points at which tests look or interfere.</summary>
    internal Func<Task>? SnapshotsTaken { get; init; }

    /// <returns>The folder.</returns>
    public async Task<string> RunAsync(string root, CancellationToken ct)
    {
        var databases = await DatabasesAsync(ct);
        using var folder = BackupFolder.Begin(Path.GetFullPath(root), clock.GetUtcNow());
        progress.Report("Waiting for a moment in which nothing is being written");
        var (dumped, services, files, takenAt) = await DumpAllAsync(databases, folder, ct);
        await folder.WriteAsync(HowToRestore.FileName, Encoding.UTF8.GetBytes(HowToRestore.Text(dumped, services)), ct);
        var manifest = new Manifest(Manifest.NewestFormat, takenAt, ProgramVersion.Text, await DescribeAsync(ct), dumped, services, files);
        await folder.WriteAsync(Manifest.FileName, manifest.ToJson(), ct);
        return await folder.CompleteAsync(ct);
    }

    async Task<IReadOnlyList<HomeDatabase>> DatabasesAsync(CancellationToken ct)
    {
        var homes = new List<(string Name, string Admin, ServiceDefinition Service)>();
        foreach (var definition in Services)
        {
            var home = await server.HomeOfAsync(definition.Service, ct);
            homes.Add((home.Database, server.NeedAdminOf(definition.Service, home), definition));
        }

        // Databases on two servers may have one name.
        return [.. homes.GroupBy(h => (h.Name, h.Admin), h => h.Service).GroupBy(g => g.Key.Name).SelectMany(same => same.Select((g, i) =>
            new HomeDatabase(g.Key.Name, g.Key.Admin, i == 0 ? $"{g.Key.Name}.dump" : $"{g.Key.Name}-{i + 1}.dump", [.. g])))];
    }

    async Task<(DatabaseInBackup[] Databases, ServiceInBackup[] Services, FilesOfBackup? Files, DateTimeOffset At)> DumpAllAsync(
        IReadOnlyList<HomeDatabase> databases, BackupFolder folder, CancellationToken ct)
    {
        await using var snapshots = await ConsistentSnapshots.TakeAsync(databases, ct);
        var takenAt = clock.GetUtcNow();
        if (SnapshotsTaken is { } look)
            await look();
        var dumps = Task.WhenAll(databases.Select(d => DumpAsync(d, snapshots[d], folder, ct)));
        var contents = Task.WhenAll(databases.Select(d => ReadAsync(d, snapshots, ct)));
        var files = ListFilesAsync(databases, snapshots, folder, ct);
        await Task.WhenAll(dumps, contents, files);
        return (
            [.. (await dumps).Zip(await contents, (dump, content) => dump with { Tables = content.Tables, Routes = content.Routes, ServerMajor = content.ServerMajor })],
            [.. (await contents).SelectMany(c => c.Services)],
            await files,
            takenAt);
    }

    /// <summary>What the storage has to have for this backup: the rows of the same snapshot say it.</summary>
    static async Task<FilesOfBackup?> ListFilesAsync(IReadOnlyList<HomeDatabase> databases, ConsistentSnapshots snapshots, BackupFolder folder, CancellationToken ct)
    {
        const string List = "files.jsonl";
        if (databases.FirstOrDefault(d => d.Services.Any(s => s.Service == Contracts.Services.Files)) is not { } home)
            return null;
        await using var connection = await snapshots.OpenAsync(home, ct);
        if (!await connection.ExecuteScalarAsync<bool>(new CommandDefinition("SELECT to_regclass('public.attachments') IS NOT NULL", cancellationToken: ct)))
            return null;
        var path = Path.Combine(folder.Path, List);
        long count, bytes;
        await using (var list = PrivateFile.Create(path))
        {
            (count, bytes) = await FilesInBackup.WriteAsync(connection, list, ct);
            list.Flush(flushToDisk: true);
        }

        return new FilesOfBackup(List, count, bytes, await Sha256Async(path, ct));
    }

    async Task<DatabaseInBackup> DumpAsync(HomeDatabase database, string snapshot, BackupFolder folder, CancellationToken ct)
    {
        await using var connection = await DatabaseServer.OpenAsync(database.Admin, ct);
        var programs = await ClientPrograms.FindAsync(server.Installation.PgBin, connection.PostgreSqlVersion.Major, ct);
        await connection.CloseAsync();
        progress.Report($"Dumping {database.Name}");
        var file = Path.Combine(folder.Path, database.Dump);
        await PrivateFile.Create(file).DisposeAsync();
        await Dump.TakeAsync(programs, database.Admin, snapshot, file, ct);
        return new DatabaseInBackup(database.Name, 0, database.Dump, new FileInfo(file).Length, await Sha256Async(file, ct), [], []);
    }

    async Task<(IReadOnlyList<TableContent> Tables, IReadOnlyList<RouteInBackup> Routes, IReadOnlyList<ServiceInBackup> Services, int ServerMajor)> ReadAsync(
        HomeDatabase database, ConsistentSnapshots snapshots, CancellationToken ct)
    {
        await using var connection = await snapshots.OpenAsync(database, ct);
        var routes = await RoutesAsync(connection, ct);
        var services = new List<ServiceInBackup>();
        foreach (var service in database.Services)
        {
            if (await ServiceAsync(connection, database, service, ct) is { } known)
                services.Add(known);
        }

        return (await TableContent.ReadAsync(connection, progress, ct), routes, services, connection.PostgreSqlVersion.Major);
    }

    static async Task<IReadOnlyList<RouteInBackup>> RoutesAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var kept = await connection.ExecuteScalarAsync<bool>(new CommandDefinition("SELECT to_regclass('pgsplit.route') IS NOT NULL", cancellationToken: ct));
        return kept
            ? (await connection.QueryAsync<RouteInBackup>(new CommandDefinition(
                "SELECT service AS \"Service\", epoch AS \"Epoch\", write_address AS \"WriteAddress\" FROM pgsplit.route ORDER BY service", cancellationToken: ct))).AsList()
            : [];
    }

    static async Task<ServiceInBackup?> ServiceAsync(NpgsqlConnection connection, HomeDatabase database, ServiceDefinition definition, CancellationToken ct)
    {
        var name = definition.Service.Name;
        if (!await connection.ExecuteScalarAsync<bool>(new CommandDefinition("SELECT to_regclass(@table) IS NOT NULL", new { table = $"public.{name}_events" }, cancellationToken: ct)))
            return null;
        var history = await definition.Schema.HistoryAsync(connection, ct);
        var (epoch, position) = await connection.QuerySingleAsync<(int?, long)>(new CommandDefinition(
            $"SELECT (SELECT max(epoch) FROM public.{name}_log), (SELECT coalesce(max(position), 0) FROM public.{name}_events)", cancellationToken: ct));
        return new ServiceInBackup(name, database.Name, epoch, position, [.. history.Select(h => new ScriptInBackup(h.Script, h.Checksum))]);
    }

    public static async Task<string> Sha256Async(string file, CancellationToken ct)
    {
        await using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, ct));
    }

    static async Task<string?> DescribeAsync(CancellationToken ct)
    {
        if (Environment.GetEnvironmentVariable("HDMS_ROOT") is not { } root || !Path.Exists(Path.Combine(root, ".git")))
            return null;
        try
        {
            var described = await Tool.RunAsync(["git", "-C", root, "describe", "--tags", "--always", "--dirty"], ct);
            return described.ExitCode == 0 ? described.Output.Trim() : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // There is no git here.
            return null;
        }
    }
}
