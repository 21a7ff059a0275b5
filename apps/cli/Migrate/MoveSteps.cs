using Dapper;
using Hdms.Cli.Provisioning;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Schema;

namespace Hdms.Cli.Migrate;

/// <summary>What a move of HDMS needs beside the engine, at its beginning and at its end; for the command and for the page.</summary>
internal static class MoveSteps
{
    /// <summary>The service's own database with its roles' rights, once nothing stands in the way.</summary>
    public static async Task BeginAsync(DatabaseServer server, MoveOfService found, IProgress<string> progress, CancellationToken ct)
    {
        var service = found.Service;
        progress.Report($"Making {service.OwnDatabase}");
        await new Provisioner(server.NeedAdminOf(service), server.Installation.Secrets, ours: server.IsPrivate).EnsureAsync(service.OwnDatabase, [service], ct);
        progress.Report($"Looking at {service.Name}");
        var blockers = (await PlanMove.ReadAsync(found.Move!, ct)).Findings.Where(f => f.Severity == "blocker").ToList();
        if (blockers.Count > 0)
            throw new OneLineError($"{blockers[0].On}: {blockers[0].Why}{(blockers.Count > 1 ? $", and {blockers.Count - 1} more in the way" : "")} → hdms migrate plan {service.Name} tells what to do");
        progress.Report($"Copying {service.Name}");
    }

    /// <summary>After the engine's part, which may be long ago: reports that would be wrong, and where the next start looks.</summary>
    /// <returns>What was done with the configuration.</returns>
    public static async Task<string> EndAsync(DatabaseServer server, MoveOfService found, CancellationToken ct)
    {
        await DropReportsAsync(server, found.Service, found.Own with { Database = found.Journal!.Source }, ct);
        return await RecordHome.RunAsync(server, found.Service, found.Own, ct);
    }

    /// <summary>Reports over tables that nobody writes any more would be wrong in silence; those of the new home are there.</summary>
    static async Task DropReportsAsync(DatabaseServer server, Service service, DatabaseAddress source, CancellationToken ct)
    {
        await using var connection = await DatabaseServer.OpenAsync(server.NeedAdminOf(service, source.Database), ct);
        var views = (await connection.QueryAsync<string>(new CommandDefinition(
            """
            SELECT oid::regclass::text FROM pg_class
            WHERE relkind = 'v' AND relnamespace = to_regnamespace(@Schema) AND relowner = to_regrole(@OwnerRole) AND obj_description(oid, 'pg_class') LIKE 'of hdms, %'
            """,
            new { ReportView.Schema, service.OwnerRole },
            cancellationToken: ct))).AsList();
        if (views.Count > 0)
            await connection.ExecuteAsync(new CommandDefinition($"DROP VIEW {string.Join(", ", views)}", cancellationToken: ct));
    }
}
