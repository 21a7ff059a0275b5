using System.Collections.Concurrent;
using Dapper;
using Hdms.Contracts;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace Hdms.Testing;

/// <summary>A database of one test class, cloned in a fraction of a second from a template that the first class to ask for it prepared.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    static readonly ConcurrentDictionary<string, Lazy<Task<TestDatabase>>> Templates = new(StringComparer.Ordinal);

    // What a database's rights are for is not copied with it, so each clone is given them again.
    readonly List<Service> _services = [];

    TestDatabase(TestCluster cluster, string name) => (Cluster, Name) = (cluster, name);

    public TestCluster Cluster { get; }

    public string Name { get; }

    /// <summary>Npgsql's connection string of the superuser, unpooled.</summary>
    public string ConnectionString => Cluster.ConnectionString(Name);

    /// <summary><c>host:port/database</c>, as the settings <c>database</c> and <c>users_database</c> take it.</summary>
    public string Address => Cluster.Address(Name);

    /// <summary>A clone of the template of this key, in the shared cluster. <paramref name="prepare"/> runs once per key and test run, in the template.</summary>
    /// <param name="templateKey">The name of a state of the world: the same key must always come with the same preparation.</param>
    /// <param name="prepare">Typically <see cref="ProvisionAsync"/>, then a service's schema scripts.</param>
    public static async Task<TestDatabase> CreateAsync(string templateKey, Func<TestDatabase, Task> prepare)
    {
        var template = await Templates.GetOrAdd(templateKey, _ => new(() => Task.Run(() => PrepareAsync(prepare)))).Value;
        var clone = new TestDatabase(template.Cluster, NewName());
        await clone.Cluster.ExecuteAsync($"CREATE DATABASE {clone.Name} TEMPLATE {template.Name}");
        if (template._services.Count > 0)
            await clone.ProvisionAsync(template._services);
        return clone;
    }

    /// <summary>An empty database in the shared cluster, or in one of one's own.</summary>
    public static async Task<TestDatabase> CreateEmptyAsync(TestCluster? cluster = null)
    {
        var database = new TestDatabase(cluster ?? await TestCluster.SharedAsync(), NewName());
        await database.Cluster.ExecuteAsync($"CREATE DATABASE {database.Name}");
        return database;
    }

    /// <summary>Npgsql's connection string of a role of a service, as <c>hdms_users</c> or <c>hdms_users_owner</c>. Pooled.</summary>
    public string ConnectionStringOf(string role) => Cluster.ConnectionString(Name, role);

    /// <summary>Roles and rights of these services in this database, as <c>hdms up</c> makes them.</summary>
    public async Task ProvisionAsync(params IReadOnlyList<Service> services)
    {
        await Cluster.ProvisionAsync(Name, services);
        _services.AddRange(services.Except(_services));
    }

    /// <summary>The settings with which the provisioned services find this database: <c>database</c>, and each one's passwords.</summary>
    public IDictionary<string, string?> Settings()
    {
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase) { ["database"] = Address };
        foreach (var service in _services)
        {
            settings[$"{service.Name}_password"] = Cluster.PasswordOf(service.Role);
            settings[$"{service.Name}_owner_password"] = Cluster.PasswordOf(service.OwnerRole);
        }

        return settings;
    }

    public IConfiguration Configuration() => new ConfigurationBuilder().AddInMemoryCollection(Settings()).Build();

    /// <summary>Runs a statement as the superuser.</summary>
    public Task<int> ExecuteAsync(string sql, object? parameters = null) => Cluster.ExecuteAsync(sql, Name, parameters);

    /// <summary>The first value of the first row, read as the superuser.</summary>
    public Task<T?> ScalarAsync<T>(string sql, object? parameters = null) => Cluster.ScalarAsync<T>(sql, Name, parameters);

    /// <summary>Rows, read as the superuser.</summary>
    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? parameters = null)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        return [.. await connection.QueryAsync<T>(sql, parameters)];
    }

    public async ValueTask DisposeAsync() => await Cluster.ExecuteAsync($"DROP DATABASE IF EXISTS {Name} WITH (FORCE)");

    static async Task<TestDatabase> PrepareAsync(Func<TestDatabase, Task> prepare)
    {
        var template = await CreateEmptyAsync();
        await prepare(template);
        // A template that anybody is connected to can't be cloned, and pools keep connections that the preparation has closed.
        await template.Cluster.ExecuteAsync(
            $"""
             ALTER DATABASE {template.Name} ALLOW_CONNECTIONS false;
             SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{template.Name}';
             """);
        return template;
    }

    static string NewName() => $"test_{Guid.NewGuid():N}"[..20];
}
