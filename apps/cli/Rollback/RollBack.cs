using System.Diagnostics;
using System.Globalization;
using Dapper;
using Hdms.Cli.Backup;
using Hdms.Cli.Hosting;
using Hdms.Cli.Migrate;
using Hdms.Cli.Provisioning;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Npgsql;
using PgSplit;
using PgSplit.Pg;

namespace Hdms.Cli.Rollback;

/// <summary>
/// Puts every database back as a backup has them, wherever services have moved since. Reads as the runbook: until the names are
/// exchanged, whatever goes wrong leaves everything as it was.
/// </summary>
internal sealed class RollBack(DatabaseServer server, RollbackPlan plan, IProgress<string> progress, Action<string> say)
{
    readonly Stopwatch _whole = Stopwatch.StartNew();
    readonly Stopwatch _step = Stopwatch.StartNew();

    /// <param name="safety">Whether a backup of what is there now is taken first.</param>
    public async Task RunAsync(bool safety, CancellationToken ct)
    {
        await using var maintenance = await DatabaseServer.OpenAsync(server.NeedAdminOf(Services.Users), ct);
        await AdminSql.RunAsync(maintenance, "SELECT pg_advisory_lock(hashtextextended('hdms rollback', 0))", ct);
        await using var closed = await ClosedDatabases.CloseAsync(maintenance, plan.Replaced, ct);
        Done("closed to services");
        if (safety)
            Done($"safety backup {await new TakeBackup(server, progress, TimeProvider.System).RunAsync(BackupFolder.DefaultRoot(server.Installation), ct)}");

        await using var restored = new RestoredDatabases(server, plan, maintenance, progress);
        await restored.RestoreAsync(ct);
        Done($"restored and compared: {plan.Manifest.Databases.Sum(d => d.Tables.Count)} tables, {plan.Manifest.Databases.Sum(d => d.Tables.Sum(t => t.Rows))} rows");
        await restored.DropStraysAsync(ct);
        await restored.BeginEpochsAsync(await LogEpochsAsync(ct), ct);
        var epochs = await RouteEpochsAsync(ct);

        progress.Report("Exchanging the databases");
        await closed.EndSessionsAsync(ct);
        await closed.DropStreamsAsync([.. AllServices.Contracts.Select(s => s.Name)], ct);
        // From here on nothing is given up half-way: two phases at once would be worse than either.
        var aside = await ExchangeAsync(closed, restored);
        await SettleAsync(epochs);
        Done("exchanged");
        foreach (var (database, name) in aside)
            say($"  {database} as it was is kept as {name}, closed. When nobody needs it: hdms psql -- -d postgres -c 'DROP DATABASE {name}'");
        await TellOfFilesAsync(ct);
        say($"Rolled back to {Path.GetFileName(plan.Folder)}, of {plan.Manifest.TakenAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)} UTC, in {MigrateWords.Of(_whole.Elapsed)}.");
        if (plan.OtherProgram is { } other)
            say(other);
    }

    async Task<IReadOnlyList<(string Database, string Name)>> ExchangeAsync(ClosedDatabases closed, RestoredDatabases restored)
    {
        var stamp = DateTime.UtcNow.ToString("yyyyMMdd_HHmmss", CultureInfo.InvariantCulture);
        var aside = new List<(string, string)>();
        foreach (var database in plan.Replaced)
        {
            var name = $"{(database.Length > 40 ? database[..40] : database)}_{stamp}";
            await closed.PutAsideAsync(database, name);
            aside.Add((database, name));
        }

        foreach (var database in plan.Manifest.Databases)
            await restored.TakeNameAsync(database.Name);
        return aside;
    }

    /// <summary>Rights, configuration and routes as they were.</summary>
    async Task SettleAsync(IReadOnlyDictionary<string, long> epochs)
    {
        var ct = CancellationToken.None;
        var at = plan.Homes.Values.First();
        foreach (var home in AllServices.Contracts.GroupBy(plan.HomeInBackup).Where(g => g.Key is not null))
            await new Provisioner(server.NeedAdminOf(Services.Users), server.Installation.Secrets, ours: server.IsPrivate).EnsureAsync(home.Key!, [.. home], ct);
        foreach (var service in AllServices.Contracts)
        {
            if (plan.HomeInBackup(service) is not { } home)
                continue;
            var address = at with { Database = home };
            if (Kit.Hosting.Settings.Database(server.Settings, service.Name) != address)
                say($"  {service.Name}: at home in {home} again; {await RecordHome.RunAsync(server, service, address, ct)}");
            // Whoever has followed a service elsewhere takes no lower epoch.
            if (epochs.TryGetValue(service.Name, out var epoch))
            {
                foreach (var database in plan.Manifest.Databases)
                    await Routes.SetAsync(Way(address with { Database = database.Name }), service.Name, epoch + 1, Way(address), ct);
            }
        }
    }

    PgAddress Way(DatabaseAddress to) => PgAddress.Of(new NpgsqlConnectionStringBuilder(server.NeedAdminOf(Services.Users, to.Database)) { Host = to.Host, Port = to.Port });

    /// <summary>The highest epoch of each log that anybody may have seen.</summary>
    async Task<IReadOnlyDictionary<string, int>> LogEpochsAsync(CancellationToken ct)
    {
        var epochs = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var database in plan.Replaced)
        {
            await using var connection = await DatabaseServer.OpenAsync(server.NeedAdminOf(Services.Users, database), ct);
            foreach (var service in AllServices.Contracts)
            {
                if (await connection.ExecuteScalarAsync<bool>(new CommandDefinition("SELECT to_regclass(@log) IS NOT NULL", new { log = $"public.{service.Name}_log" }, cancellationToken: ct)))
                    epochs[service.Name] = Math.Max(epochs.GetValueOrDefault(service.Name), await connection.ExecuteScalarAsync<int>(new CommandDefinition($"SELECT coalesce(max(epoch), 0) FROM public.{service.Name}_log", cancellationToken: ct)));
            }
        }

        return epochs;
    }

    /// <summary>The highest epoch of each route; of services that have never moved, none.</summary>
    async Task<IReadOnlyDictionary<string, long>> RouteEpochsAsync(CancellationToken ct)
    {
        var epochs = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var database in plan.Replaced)
        {
            await using var connection = await DatabaseServer.OpenAsync(server.NeedAdminOf(Services.Users, database), ct);
            if (!await connection.ExecuteScalarAsync<bool>(new CommandDefinition("SELECT to_regclass('pgsplit.route') IS NOT NULL", cancellationToken: ct)))
                continue;
            foreach (var (service, epoch) in await connection.QueryAsync<(string, long)>(new CommandDefinition("SELECT service, epoch FROM pgsplit.route", cancellationToken: ct)))
                epochs[service] = Math.Max(epochs.GetValueOrDefault(service), epoch);
        }

        foreach (var route in plan.Manifest.Databases.SelectMany(d => d.Routes))
            epochs[route.Service] = Math.Max(epochs.GetValueOrDefault(route.Service), route.Epoch);
        return epochs;
    }

    async Task TellOfFilesAsync(CancellationToken ct)
    {
        if (plan.Manifest.Files is null)
            return;
        var missing = await new VerifyBackup(server, progress).CompareFilesAsync(plan.Folder, plan.Manifest.Files, ct);
        if (missing.Count > 0)
            say($"  Attachments of the backup that the storage does not have as they were: {missing.Count}. {missing[0]} → hdms backup verify {Path.GetFileName(plan.Folder)} lists them; copy them back from a backup of the storage");
    }

    void Done(string what)
    {
        say($"{MigrateWords.Of(_step.Elapsed),8}  {what}");
        _step.Restart();
    }
}
