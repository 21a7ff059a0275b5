using Dapper;
using Hdms.Cli.Backup;
using Hdms.Cli.Hosting;
using Hdms.Cli.Migrate;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Npgsql;

namespace Hdms.Cli.Rollback;

/// <summary>What a rollback puts where, and what it takes out of the way; looked at before anything is done.</summary>
/// <param name="Homes">Where each service is at home now.</param>
/// <param name="Replaced">Databases that are there and will be put aside: those of the backup's names, and every other that a service is, was or is becoming at home in.</param>
internal sealed record RollbackPlan(string Folder, Manifest Manifest, IReadOnlyDictionary<Service, DatabaseAddress> Homes, IReadOnlyList<string> Replaced)
{
    public static async Task<RollbackPlan> MakeAsync(DatabaseServer server, string folder, CancellationToken ct)
    {
        var manifest = Manifest.Read(folder);
        EnsureKnown(manifest);
        var homes = new Dictionary<Service, DatabaseAddress>();
        var journals = new List<MoveJournal>();
        foreach (var service in AllServices.Contracts)
        {
            homes[service] = await HomeAsync(server, service, ct);
            if (await MoveJournal.ReadAsync(server, service, ct) is { } journal)
                journals.Add(journal);
        }

        if (homes.Values.Select(h => (h.Host, h.Port)).Distinct().Count() > 1 || manifest.Databases.Select(d => d.Name).Distinct().Count() < manifest.Databases.Count)
            throw new OneLineError($"The services are on several servers: restore each by hand, as {HowToRestore.FileName} in the backup says.");
        string[] names =
        [
            .. manifest.Databases.Select(d => d.Name).Concat(homes.Values.Select(h => h.Database)).Concat(journals.Where(j => j.IsOpen || j.State == "Completed").Select(j => j.Source))
                .Concat(AllServices.Contracts.Select(s => s.OwnDatabase)).Distinct(StringComparer.Ordinal),
        ];
        await using var maintenance = await DatabaseServer.OpenAsync(server.NeedAdminOf(Services.Users), ct);
        var there = await maintenance.QueryAsync<string>(new CommandDefinition("SELECT datname FROM pg_database WHERE datname = ANY (@names) ORDER BY 1", new { names }, cancellationToken: ct));
        return new RollbackPlan(folder, manifest, homes, [.. there]);
    }

    /// <summary>The database that the backup has a service in; null for one that it does not know.</summary>
    public string? HomeInBackup(Service service) => Manifest.Services.FirstOrDefault(s => s.Name == service.Name)?.Home;

    /// <summary>What to go back to with the program, too; null where it is this one.</summary>
    public string? OtherProgram => Manifest.Program == Kit.ProgramVersion.Text
        ? null
        : $"The backup is of program {Manifest.Program}{(Manifest.Commit is { } commit ? $" ({commit})" : "")}, and this is {Kit.ProgramVersion.Text}, which brings the tables to its own version when it starts. To go back with the program, too: git checkout {Manifest.Commit ?? "v" + Manifest.Program}";

    /// <summary>Code that is older than the tables would refuse to start on them: better before anything is destroyed.</summary>
    static void EnsureKnown(Manifest manifest)
    {
        foreach (var kept in manifest.Services)
        {
            var known = AllServices.Definitions.FirstOrDefault(d => d.Service.Name == kept.Name)?.Scripts.Select(s => (s.Name, s.Checksum)).ToHashSet() ?? [];
            if (kept.Schema.FirstOrDefault(s => !known.Contains((s.Script, s.Checksum))) is { } newer)
            {
                throw new OneLineError(
                    $"This program ({Kit.ProgramVersion.Text}) is older than the backup's tables: it does not know {newer.Script} of {kept.Name} as it was. Nothing was changed; roll back with program {manifest.Program}{(manifest.Commit is { } commit ? $" ({commit})" : "")} or a later one.");
            }
        }
    }

    // A database that is gone is a reason to roll back, not one to refuse it.
    static async Task<DatabaseAddress> HomeAsync(DatabaseServer server, Service service, CancellationToken ct)
    {
        try
        {
            return await server.HomeOfAsync(service, ct);
        }
        catch (OneLineError e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName })
        {
            return Kit.Hosting.Settings.Database(server.Settings, service.Name);
        }
    }
}
