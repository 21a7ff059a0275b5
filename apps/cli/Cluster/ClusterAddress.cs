using Npgsql;

namespace Hdms.Cli.Cluster;

/// <summary>How to reach a private cluster that runs, from this process or another.</summary>
internal sealed record ClusterAddress(string Socket, int Port, string SuperuserPassword)
{
    public const string Superuser = "postgres";
    public const string MaintenanceDatabase = "postgres";

    /// <summary>The address of a database as the settings <c>database</c> and <c>users_database</c> take it: no user, no password.</summary>
    public string Of(string database) => $"{Socket}:{Port}/{database}";

    /// <summary>Npgsql's connection string of the superuser. Unpooled: an idle pooled connection would keep a database from being dropped or cloned.</summary>
    public string ConnectionString(string database = MaintenanceDatabase) => new NpgsqlConnectionStringBuilder
    {
        Host = Socket,
        Port = Port,
        Database = database,
        Username = Superuser,
        Password = SuperuserPassword,
        SslMode = SslMode.Disable,
        Pooling = false,
        ApplicationName = "hdms",
    }.ConnectionString;
}
