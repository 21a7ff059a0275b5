using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Http;
using Hdms.Kit.Schema;
using Hdms.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Hdms.Kit.Tests;

/// <summary>The database of a made-up service, with the kit's own tables and one of things, and the service's way into it.</summary>
public sealed class SampleService : IAsyncDisposable
{
    public static readonly Service Service = new("sample", 8999, ["/api/v1/things"]);

    const string Things =
        """
        CREATE TABLE sample_things (
          id uuid PRIMARY KEY, name text NOT NULL DEFAULT '', owner_id uuid,
          version bigint NOT NULL DEFAULT 1, created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
          is_deleted boolean NOT NULL DEFAULT false, deleted_at timestamptz);
        CREATE TABLE sample_effects (key text PRIMARY KEY, saga text NOT NULL, what text NOT NULL, at bigint GENERATED ALWAYS AS IDENTITY);
        """;

    readonly PersonKeys _keys = new(Service.Name);
    readonly RouteFollower _route;

    SampleService(TestDatabase database, TimeProvider clock)
    {
        Database = database;
        var events = new EventLog(Service.Name, _keys, clock);
        _route = new RouteFollower(
            events, DatabaseAddress.Parse(database.Address), new ServiceCredentials(Service.Role, database.Cluster.PasswordOf(Service.Role)),
            NullLogger<RouteFollower>.Instance);
        Data = new ServiceDatabase(_route, events, clock, NullLogger<ServiceDatabase>.Instance);
        Events = new EventReader(Data);
    }

    public TestDatabase Database { get; }

    public ServiceDatabase Data { get; }

    public EventReader Events { get; }

    public static async Task<SampleService> StartAsync(TimeProvider? clock = null)
    {
        var database = await TestDatabase.CreateAsync("kit-sample", async template =>
        {
            await template.ProvisionAsync(Service);
            await using var owner = new NpgsqlConnection(template.ConnectionStringOf(Service.OwnerRole));
            await owner.OpenAsync();
            IReadOnlyList<SchemaScript> scripts =
                [.. SchemaScript.Of(typeof(string).Assembly, Service.Name, Service.Role), new("0001_things.sql", Things)];
            await new SchemaRunner(Service.Name, scripts).MigrateAsync(owner, null, CancellationToken.None);
        });
        var sample = new SampleService(database, clock ?? TimeProvider.System);
        await using var connection = new NpgsqlConnection(database.ConnectionStringOf(Service.Role));
        await connection.OpenAsync();
        await sample._route.BeginAsync(connection, CancellationToken.None);
        return sample;
    }

    public Task WriteAsync(Func<UnitOfWork, Task> work) => Data.WriteAsync(Caller.System(), work, TestContext.Current.CancellationToken);

    public Task<T> WriteAsync<T>(Func<UnitOfWork, Task<T>> work) => Data.WriteAsync(Caller.System(), work, TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _route.Current.DisposeAsync();
        _route.Dispose();
        _keys.Dispose();
        await Database.DisposeAsync();
    }
}
