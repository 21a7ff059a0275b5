using Npgsql;

namespace Hdms.Kit.Database;

/// <summary>The database that is a service's home at one epoch, with its pools.</summary>
sealed class Home : IAsyncDisposable
{
    readonly NpgsqlDataSource _write;
    readonly NpgsqlDataSource _read;

    /// <param name="opened">Runs on each new connection for writing before anybody gets it; null for a home that is only looked at.</param>
    public Home(ServiceRoute route, ServiceCredentials credentials, string applicationName, Func<NpgsqlConnection, Task>? opened = null)
    {
        Route = route;
        _write = Build(credentials.For(route.Write, applicationName), opened);
        _read = route.Read.Count == 0 ? _write : Standbys(route.Read, credentials, applicationName);
    }

    public ServiceRoute Route { get; }

    public ValueTask<NpgsqlConnection> OpenAsync(CancellationToken ct) => _write.OpenConnectionAsync(ct);

    public ValueTask<NpgsqlConnection> OpenForReadingAsync(CancellationToken ct) => _read.OpenConnectionAsync(ct);

    static NpgsqlDataSource Build(NpgsqlConnectionStringBuilder settings, Func<NpgsqlConnection, Task>? opened)
    {
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        if (opened is not null)
        {
            builder.UsePhysicalConnectionInitializer(_ => throw new NotSupportedException("Connections are opened asynchronously."), opened);
        }

        return builder.Build();
    }

    static NpgsqlDataSource Standbys(IReadOnlyList<DatabaseAddress> read, ServiceCredentials credentials, string applicationName)
    {
        var settings = credentials.For(read[0], applicationName + "-read");
        settings.Host = string.Join(',', read.Select(a => $"{a.Host}:{a.Port}"));
        return new NpgsqlDataSourceBuilder(settings.ConnectionString).BuildMultiHost().WithTargetSession(TargetSessionAttributes.PreferStandby);
    }

    public async ValueTask DisposeAsync()
    {
        // Connections in use are closed when they are given back; new units of work are on the new home already.
        await _write.DisposeAsync();
        if (!ReferenceEquals(_read, _write))
        {
            await _read.DisposeAsync();
        }
    }
}
