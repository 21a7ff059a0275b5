using Npgsql;

namespace Hdms.Kit.Database;

/// <summary>How a service signs in, wherever its database is at home. Never printed: a record would show the password.</summary>
public sealed class ServiceCredentials(string role, string password)
{
    public string Role { get; } = role;

    /// <summary>In which schemas tables are looked for, the first one first; null for the server's own way.</summary>
    public string? SearchPath { get; init; }

    /// <summary>Pools stay small, so that sixteen services' worth of them fit into one server (DESIGN section 12a).</summary>
    public const int PoolSize = 15;

    internal NpgsqlConnectionStringBuilder For(DatabaseAddress address, string applicationName) => new()
    {
        Host = address.Host,
        Port = address.Port,
        Database = address.Database,
        Username = Role,
        Password = password,
        ApplicationName = applicationName,
        MaxPoolSize = PoolSize,
        MaxAutoPrepare = 64,
        AutoPrepareMinUsages = 2,
        Timeout = 5,
        CommandTimeout = 30,
        KeepAlive = 30,
        IncludeErrorDetail = true,
        NoResetOnClose = true,
        SearchPath = SearchPath,
    };
}
