using Hdms.Cli.Hosting;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Hosting;
using Npgsql;

namespace Hdms.Cli.Doctor;

/// <summary>Every check there is, on everything there is. What can't be looked at is a finding, too.</summary>
internal sealed class Examination(DatabaseServer server, TimeProvider clock)
{
    public async Task<IReadOnlyList<DoctorFinding>> RunAsync(CancellationToken ct)
    {
        var findings = new List<DoctorFinding>();
        findings.AddRange(DiskCheck.Run(server.Installation));
        findings.AddRange(BackupCheck.Run(server.Installation, clock));
        if (server.AdminOf(Services.Users) is { } admin)
            findings.AddRange(await TryAsync(null, () => OfServerAsync(admin, ct)));
        else
            findings.Add(new DoctorFinding(Severity.Note, null, "Server, rights and replication slots were not looked at: there is no admin's way in.", "Set admin_database."));

        var seen = new HashSet<DatabaseAddress>();
        foreach (var definition in AllServices.Definitions)
            findings.AddRange(await TryAsync(definition.Service.Name, () => OfServiceAsync(definition, seen, ct)));
        return [.. findings.OrderByDescending(f => f.Severity)];
    }

    async Task<IReadOnlyList<DoctorFinding>> OfServerAsync(string admin, CancellationToken ct)
    {
        await using var connection = await DatabaseServer.OpenAsync(admin, ct);
        return [.. await ServerCheck.RunAsync(connection, server.IsPrivate, ct), .. await SlotsCheck.RunAsync(connection, ct)];
    }

    async Task<IReadOnlyList<DoctorFinding>> OfServiceAsync(ServiceDefinition definition, HashSet<DatabaseAddress> seen, CancellationToken ct)
    {
        var service = definition.Service;
        var home = await server.HomeOfAsync(service, ct);
        var findings = new List<DoctorFinding>();
        if (server.AdminOf(service, home) is { } admin)
        {
            await using var connection = await DatabaseServer.OpenAsync(admin, ct);
            findings.AddRange(await RightsCheck.RunAsync(connection, service, ct));
            if (seen.Add(home))
                findings.AddRange(await MovesCheck.RunAsync(connection, ct));
        }

        // As the service itself, since what it can't see or do here, it can't when it serves.
        await using var own = await DatabaseServer.OpenAsync(server.ServiceConnectionString(service, home), ct);
        var schema = await SchemaCheck.RunAsync(own, definition, ct);
        findings.AddRange(schema);
        if (schema.Count == 0 && service == Services.Users)
            findings.AddRange(await DemoCheck.RunAsync(own, server.IsPrivate, ct));
        if (schema.Count == 0)
            findings.AddRange(await Kit.Hosting.Doctor.ExamineAsync(own, service.Name, clock.GetUtcNow(), ct, definition.Checks(server.Settings)));
        return findings;
    }

    static async Task<IReadOnlyList<DoctorFinding>> TryAsync(string? service, Func<Task<IReadOnlyList<DoctorFinding>>> look)
    {
        try
        {
            return await look();
        }
        catch (Exception e) when (e is OneLineError or NpgsqlException or SettingException)
        {
            return [new DoctorFinding(Severity.Error, service, e.Message, "Start the server, or correct the settings; then look again.")];
        }
    }
}
