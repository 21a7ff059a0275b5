using System.Collections.Concurrent;
using Dapper;
using Hdms.Cli.Backup;
using Hdms.Cli.Cluster;
using Hdms.Cli.Hosting;
using Hdms.Cli.Provisioning;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Npgsql;

namespace Hdms.Cli.Rollback;

/// <summary>The backup's databases, restored under names that nobody knows until all of them are found to be what the manifest says.</summary>
internal sealed class RestoredDatabases(DatabaseServer server, RollbackPlan plan, NpgsqlConnection maintenance, IProgress<string> progress) : IAsyncDisposable
{
    const string Suffix = "_restoring";

    readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);

    /// <exception cref="OneLineError">A dump is not what its manifest says. Nothing is in use of what was restored.</exception>
    public async Task RestoreAsync(CancellationToken ct)
    {
        foreach (var database in plan.Manifest.Databases)
        {
            progress.Report($"Checking {database.Dump}");
            var file = FileOf(database);
            if (!File.Exists(file) || await TakeBackup.Sha256Async(file, ct) != database.Sha256)
                throw new OneLineError($"{database.Dump} of the backup is missing or damaged; nothing was changed. Take another: hdms backup list", ExitCode.Different);
            var name = _names[database.Name] = Shortened(database.Name) + Suffix;
            await AdminSql.RunAsync(maintenance, $"DROP DATABASE IF EXISTS {Sql.Name(name)} WITH (FORCE)", ct);
            await AdminSql.RunAsync(maintenance, $"CREATE DATABASE {Sql.Name(name)} TEMPLATE template0 ENCODING 'UTF8'", ct);
            // Until it has its name it is nobody's.
            await AdminSql.RunAsync(maintenance, $"REVOKE ALL ON DATABASE {Sql.Name(name)} FROM PUBLIC", ct);
        }

        // Nobody can work until all are there.
        var differences = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(plan.Manifest.Databases, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = ct }, async (database, token) =>
        {
            progress.Report($"Restoring {database.Name}");
            var name = _names[database.Name];
            var programs = await ClientPrograms.FindAsync(server.Installation.PgBin, Math.Max(maintenance.PostgreSqlVersion.Major, database.ServerMajor), token);
            await Dump.RestoreAsync(programs, FileOf(database), AdminOf(name), token, asItWas: true);
            await using var connection = await DatabaseServer.OpenAsync(AdminOf(name), token);
            progress.Report($"Comparing {database.Name}");
            foreach (var difference in VerifyBackup.Compare(database, await TableContent.ReadAsync(connection, progress, token)))
                differences.Add(difference);
        });
        if (!differences.IsEmpty)
            throw new OneLineError($"What was restored is not what the manifest says; nothing was changed. {differences.First()}{(differences.Count > 1 ? $", and {differences.Count - 1} more" : "")}", ExitCode.Different);
    }

    /// <summary>
    /// What was at home elsewhere when the backup was taken: the old side of a move. It came with the database and has no fence any more, so
    /// it goes, lest it be taken for a home.
    /// </summary>
    public async Task DropStraysAsync(CancellationToken ct)
    {
        foreach (var (database, name) in _names)
        {
            await using var connection = await DatabaseServer.OpenAsync(AdminOf(name), ct);
            foreach (var service in AllServices.Contracts.Where(s => plan.HomeInBackup(s) is { } home && home != database))
            {
                var strays = (await connection.QueryAsync<string>(new CommandDefinition(
                    """
                    SELECT format('DROP %s IF EXISTS %s CASCADE', CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, oid::regclass) FROM pg_class
                    WHERE relkind IN ('r', 'p', 'v') AND NOT relispartition AND relowner = to_regrole(@OwnerRole)
                    """,
                    new { service.OwnerRole }, cancellationToken: ct))).AsList();
                foreach (var drop in strays)
                    await AdminSql.RunAsync(connection, drop, ct);
            }
        }
    }

    /// <summary>Positions will be given again, under an epoch that nobody has seen (docs/decisions/0002-log-epochs.md).</summary>
    public async Task BeginEpochsAsync(IReadOnlyDictionary<string, int> highest, CancellationToken ct)
    {
        foreach (var kept in plan.Manifest.Services)
        {
            await using var connection = await DatabaseServer.OpenAsync(AdminOf(_names[kept.Home]), ct);
            await LogEpoch.BeginAsync(connection, new EventLog(kept.Name, new PersonKeys(kept.Name), TimeProvider.System), ct, above: Math.Max(highest.GetValueOrDefault(kept.Name), kept.LogEpoch ?? 0));
        }
    }

    /// <summary>Now it is what its name says.</summary>
    public async Task TakeNameAsync(string database)
    {
        await AdminSql.RunAsync(maintenance, $"ALTER DATABASE {Sql.Name(_names[database])} RENAME TO {Sql.Name(database)}", CancellationToken.None);
        _names.Remove(database);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var name in _names.Values)
            await AdminSql.RunAsync(maintenance, $"DROP DATABASE IF EXISTS {Sql.Name(name)} WITH (FORCE)", CancellationToken.None);
    }

    string FileOf(DatabaseInBackup database) => Path.Combine(plan.Folder, Path.GetFileName(database.Dump));

    string AdminOf(string name) => server.NeedAdminOf(Services.Users, name);

    // A name has 63 bytes.
    static string Shortened(string name) => name.Length > 50 ? name[..50] : name;
}
