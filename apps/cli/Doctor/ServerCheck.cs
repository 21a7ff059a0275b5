using Dapper;
using Hdms.Kit.Hosting;
using Npgsql;

namespace Hdms.Cli.Doctor;

/// <summary>The server's version and the settings that HDMS counts on.</summary>
internal static class ServerCheck
{
    const int OldestVersion = 150000;

    public static async Task<IReadOnlyList<DoctorFinding>> RunAsync(NpgsqlConnection connection, bool isPrivate, CancellationToken ct)
    {
        const string Query =
            """
            SELECT name, setting FROM pg_settings
            WHERE name IN ('server_version_num', 'fsync', 'full_page_writes', 'data_checksums', 'wal_level', 'max_replication_slots', 'max_wal_senders', 'max_connections')
            """;
        var settings = (await connection.QueryAsync<(string Name, string Value)>(new CommandDefinition(Query, cancellationToken: ct)))
            .ToDictionary(s => s.Name, s => s.Value, StringComparer.Ordinal);
        var used = await connection.ExecuteScalarAsync<int>(new CommandDefinition("SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend'", cancellationToken: ct));
        return [.. Judge(settings, used, isPrivate)];
    }

    static IEnumerable<DoctorFinding> Judge(Dictionary<string, string> settings, int used, bool isPrivate)
    {
        var remedy = isPrivate ? "Take it out of postgresql.auto.conf and restart hdms up." : "Ask the server's administrator.";
        if (int.Parse(settings["server_version_num"], null) < OldestVersion)
            yield return new(Severity.Error, null, $"PostgreSQL {settings["server_version_num"]} is older than 15.", "Upgrade the server.");
        foreach (var name in new[] { "fsync", "full_page_writes" })
        {
            if (settings[name] == "off")
                yield return new(Severity.Error, null, $"{name} is off: a crash of the machine may destroy everything.", remedy);
        }

        if (settings["data_checksums"] == "off")
            yield return new(Severity.Note, null, "data_checksums is off: damage done by a disk goes unnoticed.", "With the server stopped: pg_checksums --enable");
        if (settings["wal_level"] != "logical")
            yield return new(Severity.Note, null, $"wal_level is {settings["wal_level"]}: databases can't be moved while people work.", "Set wal_level = logical and restart the server.");
        var most = int.Parse(settings["max_connections"], null);
        if (used > most * 9 / 10)
            yield return new(Severity.Warning, null, $"{used} of {most} connections are in use.", "See pg_stat_activity for whose; raise max_connections if all are wanted.");
    }
}
