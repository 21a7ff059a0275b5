using System.Globalization;

namespace Hdms.Cli.Cluster;

/// <summary>
/// The settings that HDMS depends on, given on the server's command line at each start: a cluster made by an older
/// version gets them too. Everything else is postgresql.conf's, for the operator to change.
/// </summary>
internal static class ServerSettings
{
    public static IEnumerable<string> Arguments(ClusterPlace place, PostgresBinaries binaries, bool durable)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["listen_addresses"] = "127.0.0.1",
            ["port"] = place.Port.ToString(CultureInfo.InvariantCulture),
            ["unix_socket_directories"] = place.Socket,
            ["password_encryption"] = "scram-sha-256",
            ["wal_level"] = "logical",
            ["max_replication_slots"] = "64",
            ["max_wal_senders"] = "64",
            ["max_connections"] = "300",
            ["fsync"] = durable ? "on" : "off",
        };
        if (binaries.HasLibrary("pg_stat_statements"))
            settings["shared_preload_libraries"] = "pg_stat_statements";

        return (durable ? settings.Concat(Kept) : settings.Concat(ThrownAway)).SelectMany(s => new[] { "-c", $"{s.Key}={s.Value}" });
    }

    // A week of logs, one file per day of the week, written by the server itself: it outlives the program that started it.
    static readonly KeyValuePair<string, string>[] Kept =
    [
        new("logging_collector", "on"),
        new("log_directory", "log"),
        new("log_filename", "postgresql-%a.log"),
        new("log_truncate_on_rotation", "on"),
        new("log_rotation_size", "0"),
        new("log_line_prefix", "%m [%p] %u@%d %a "),
    ];

    static readonly KeyValuePair<string, string>[] ThrownAway =
    [
        new("full_page_writes", "off"),
        new("synchronous_commit", "off"),
    ];
}
