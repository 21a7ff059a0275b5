using System.Text.Json.Nodes;
using Hdms.Cli.Backup;
using Hdms.Cli.Cluster;
using Hdms.Contracts;
using Hdms.Kit.Hosting;
using Hdms.Kit.Schema;
using Hdms.Testing;
using Npgsql;

namespace Hdms.Cli.Tests;

/// <summary>Backups of two made-up services, each at home in a database of its own.</summary>
public sealed class BackupOfSeveralTests : IAsyncLifetime
{
    static readonly ServiceDefinition[] Services = [Define("iota"), Define("kappa")];

    readonly TestDirectory _directory = TestDirectory.Create();
    TestDatabase _shared = null!;
    TestDatabase _own = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _shared = await MakeAsync();
        _own = await MakeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _shared.DisposeAsync();
        await _own.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task Every_database_is_in_the_set_and_each_is_compared()
    {
        await using var server = On(("kappa_database", _own.Address));

        var folder = await TakeAsync(server);

        var manifest = Manifest.Read(folder);
        manifest.Databases.Select(d => d.Name).ShouldBe([_shared.Name, _own.Name]);
        manifest.Services.Select(s => (s.Name, s.Home)).ShouldBe([("iota", _shared.Name), ("kappa", _own.Name)]);
        (await VerifyAsync(server, folder)).ShouldBeEmpty();
        foreach (var n in new[] { 0, 1 })
            await ChangeAsync(folder, database => database![n]!["tables"]!.AsArray().Single(t => (string)t!["table"]! == "public.notes")!["rows"] = 7);
        (await VerifyAsync(server, folder)).ShouldBe(
            [$"{_shared.Name}: public.notes has 1 rows, the manifest says 7", $"{_own.Name}: public.notes has 1 rows, the manifest says 7"]);
    }

    [Fact]
    public async Task A_service_is_backed_up_where_its_route_leads()
    {
        await RouteAsync("kappa", _own.Address);
        await using var server = On();

        var manifest = Manifest.Read(await TakeAsync(server));

        manifest.Services.Select(s => (s.Name, s.Home)).ShouldBe([("iota", _shared.Name), ("kappa", _own.Name)]);
        manifest.Databases[0].Routes.ShouldHaveSingleItem().ShouldBe(new RouteInBackup("kappa", 2, _own.Address));
    }

    [Fact]
    public async Task Databases_of_one_name_on_two_servers_are_both_in_it()
    {
        await using var second = await TestCluster.StartDurableAsync(Ct);
        await PrepareAsync(second, _shared.Name, rows: 3);
        await using var server = On(("kappa_database", second.Address(_shared.Name)), ("kappa_admin_database", second.ConnectionString()));

        var folder = await TakeAsync(server);

        Manifest.Read(folder).Databases.Select(d => (d.Dump, d.Tables.Single(t => t.Table == "public.notes").Rows))
            .ShouldBe([($"{_shared.Name}.dump", 1), ($"{_shared.Name}-2.dump", 3)]);
        (await VerifyAsync(server, folder)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_service_that_has_moved_to_another_server_is_not_taken_for_what_has_its_name_on_the_old_one()
    {
        await using var second = await TestCluster.StartDurableAsync(Ct);
        await PrepareAsync(second, _shared.Name, rows: 3);
        await RouteAsync("kappa", second.Address(_shared.Name));
        await using var server = On(("kappa_password", second.PasswordOf("hdms_kappa")));

        var refused = await Should.ThrowAsync<OneLineError>(() => TakeAsync(server));

        refused.Code.ShouldBe(ExitCode.WrongUsage);
        refused.Message.ShouldBe(
            $"The kappa service has moved to {second.Address(_shared.Name)}, and the admin's way is to where it was: set kappa_database and kappa_admin_database.");
    }

    [Fact]
    public async Task The_note_in_it_fills_every_database_again()
    {
        await using var server = On(("kappa_database", _own.Address));
        var folder = await TakeAsync(server);
        var note = await File.ReadAllLinesAsync(Path.Combine(folder, HowToRestore.FileName), Ct);
        note.ShouldContain($"       kappa_database: SERVER:5432/{_own.Name}");
        var commands = note.Where(l => l.StartsWith("       dropdb ", StringComparison.Ordinal)).ToList();
        commands.Count.ShouldBe(2);
        foreach (var database in new[] { _shared, _own })
            await database.ExecuteAsync("DELETE FROM notes");

        var programs = Path.GetDirectoryName((await ClientPrograms.FindAsync(Environment.GetEnvironmentVariable("HDMS_PG_BIN"), 15, Ct))["pg_restore"]);
        var start = Tool.StartInfo(["bash", "-c", $"set -e; cd {folder}; PATH={programs}:$PATH; {string.Join("; ", commands)}"]);
        foreach (var (name, value) in PgEnvironment.Of(new NpgsqlConnectionStringBuilder(_shared.Cluster.ConnectionString())))
            start.Environment[name] = value;
        var restored = await Tool.RunAsync(start, Ct);

        restored.ExitCode.ShouldBe(0, restored.Error);
        foreach (var database in new[] { _shared, _own })
            (await database.ScalarAsync<long>("SELECT count(*) FROM notes")).ShouldBe(1);
    }

    static ServiceDefinition Define(string name)
    {
        var service = new Service(name, 9010, []);
        return new ServiceDefinition(service, SchemaScript.Of(typeof(string).Assembly, name, service.Role), _ => throw new NotSupportedException());
    }

    /// <summary>Both services' tables, and one table with a row: what differs between databases is which service is at home.</summary>
    static Task<TestDatabase> MakeAsync() => TestDatabase.CreateAsync(nameof(BackupOfSeveralTests), async template =>
    {
        await template.ProvisionAsync([.. Services.Select(s => s.Service)]);
        await PrepareAsync(template.Cluster, template.Name, rows: 1);
    });

    static async Task PrepareAsync(TestCluster cluster, string database, int rows)
    {
        await cluster.ProvisionAsync(database, [.. Services.Select(s => s.Service)], Ct);
        foreach (var service in Services)
        {
            await using var owner = new NpgsqlConnection(cluster.ConnectionString(database, service.Service.OwnerRole));
            await owner.OpenAsync(Ct);
            await service.Schema.MigrateAsync(owner, null, Ct);
        }

        await cluster.ExecuteAsync($"CREATE TABLE notes AS SELECT generate_series(1, {rows}) AS n", database);
    }

    /// <summary>As the migration engine leaves it.</summary>
    Task RouteAsync(string service, string address) => _shared.ExecuteAsync(
        """
        CREATE SCHEMA pgsplit;
        CREATE TABLE pgsplit.route (service text PRIMARY KEY, epoch bigint NOT NULL, write_address text NOT NULL, read_addresses text[]);
        GRANT USAGE ON SCHEMA pgsplit TO PUBLIC;
        GRANT SELECT ON pgsplit.route TO PUBLIC;
        """ + $"INSERT INTO pgsplit.route VALUES ('{service}', 2, '{address}', '{{}}')");

    DatabaseServer On(params IEnumerable<(string Name, string Value)> settings)
    {
        var all = _shared.Settings();
        all["admin_database"] = _shared.Cluster.ConnectionString();
        foreach (var (name, value) in settings)
            all[name] = value;
        var file = Path.Combine(_directory.Path, "hdms.yaml");
        File.WriteAllLines(file, all.Select(s => $"{s.Key}: '{s.Value}'"));
        return DatabaseServer.Of(Installation.At(Path.Combine(_directory.Path, "data"), file), cluster: null);
    }

    Task<string> TakeAsync(DatabaseServer server) =>
        new TakeBackup(server, new Progress<string>(), TimeProvider.System) { Services = Services }.RunAsync(Path.Combine(_directory.Path, "backups"), Ct);

    static Task<IReadOnlyList<string>> VerifyAsync(DatabaseServer server, string folder) => new VerifyBackup(server, new Progress<string>()).RunAsync(folder, Ct);

    static async Task ChangeAsync(string folder, Action<JsonNode?> change)
    {
        var file = Path.Combine(folder, Manifest.FileName);
        var manifest = JsonNode.Parse(await File.ReadAllTextAsync(file, Ct))!;
        change(manifest["databases"]);
        await File.WriteAllTextAsync(file, manifest.ToJsonString(), Ct);
    }
}
