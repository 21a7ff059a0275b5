using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hdms.Cli.Hosting;
using Hdms.Contracts;
using Hdms.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Configuration;

namespace Hdms.Api.Tests;

/// <summary>Every service there is, each running for real on one shared database, with an admin and a requester in it.</summary>
public sealed class RunningApi : IAsyncLifetime
{
    const string Password = "nine copper kettles";

    readonly TestDirectory _directory = TestDirectory.Create();
    readonly List<(Service Service, WebApplication App)> _apps = [];
    TestDatabase? _database;

    public TestDatabase Database => _database!;

    public string AdminToken { get; private set; } = "";

    public string RequesterToken { get; private set; } = "";

    public IEnumerable<string> Services => _apps.Select(a => a.Service.Name);

    public Uri Address(string service) => new(_apps.Single(a => a.Service.Name == service).App.Urls.First());

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateEmptyAsync();
        await _database.ProvisionAsync([.. AllServices.Contracts]);
        foreach (var definition in AllServices.Definitions)
        {
            var settings = new ConfigurationBuilder().AddInMemoryCollection(_database.Settings()).AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["port"] = "0",
                ["service_key"] = Convert.ToBase64String(new byte[32]),
                ["rate_limits"] = "false",
                ["log_level"] = "None",
                ["files_folder"] = Path.Combine(_directory.Path, "files"),
            }).AddInMemoryCollection(_apps.ToDictionary(a => $"{a.Service.Name}_url", a => (string?)a.App.Urls.First())).Build();
            var app = definition.Build(settings);
            await app.StartAsync();
            _apps.Add((definition.Service, app));
        }

        AdminToken = await AddAsync("FUZZ-ADMIN", "admin");
        RequesterToken = await AddAsync("FUZZ-REQUESTER", "requester");
        await CountChangesAsync();
    }

    /// <summary>The OpenAPI document that a service publishes.</summary>
    public async Task<JsonObject> DocumentAsync(string service)
    {
        using var client = new HttpClient();
        return JsonNode.Parse(await client.GetStringAsync(new Uri(Address(service), $"/openapi/{service}.json")))!.AsObject();
    }

    /// <summary>How often a row of any service was changed for good; what a refused attempt may leave (a record of it, a count of failures), and what follows earlier changes in the background, is left out.</summary>
    public Task<long> ChangesAsync() => Database.ScalarAsync<long>("SELECT count(*) FROM fuzz.changes");

    /// <summary>A trigger on each table leaves a row that is committed or rolled back with the change itself, so that asking costs next to nothing.</summary>
    async Task CountChangesAsync()
    {
        await Database.ExecuteAsync(
            """
            CREATE SCHEMA fuzz;
            CREATE TABLE fuzz.changes ();
            CREATE FUNCTION fuzz.changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN INSERT INTO fuzz.changes DEFAULT VALUES; RETURN NULL; END';
            """);
        var tables = await Database.QueryAsync<string>(
            """
            SELECT tablename FROM pg_tables
            WHERE schemaname = 'public' AND tablename !~ '_(log|cursors|signing_keys|credentials|idempotency|person_keys)$|_replica_|_timers$|^webhook_(health|deliveries|attempts)$|^view_(?!saved)'
            """);
        await Database.ExecuteAsync(string.Join('\n', tables.Select(t =>
            $"""
            CREATE TRIGGER fuzz_insert AFTER INSERT ON {t} FOR EACH ROW {(t.EndsWith("_events", StringComparison.Ordinal) ? "WHEN (NEW.stream_version IS NOT NULL)" : "")} EXECUTE FUNCTION fuzz.changed();
            CREATE TRIGGER fuzz_change AFTER UPDATE OR DELETE ON {t} FOR EACH ROW EXECUTE FUNCTION fuzz.changed();
            CREATE TRIGGER fuzz_truncate AFTER TRUNCATE ON {t} EXECUTE FUNCTION fuzz.changed();
            """)));
    }

    async Task<string> AddAsync(string code, string role)
    {
        await Database.ExecuteAsync(
            """
            INSERT INTO users (id, employee_code, email, first_name, last_name, role, helpdesk_authorized, date_joined, created_at, updated_at, version)
            VALUES (@id, @code, @code || '@example.org', 'Fuzz', 'Person', @role, true, now(), now(), now(), 1);
            INSERT INTO user_credentials (user_id, password_hash, updated_at) VALUES (@id, @hash, now());
            """,
            new { id = Guid.CreateVersion7(), code, role, hash = new PasswordHasher<object>().HashPassword(new object(), Password) });
        using var client = new HttpClient { BaseAddress = Address("users") };
        var answer = await client.PostAsJsonAsync("/api/v1/auth/sign-in", new { employee_code = code, password = Password });
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access_token").GetString()!;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (_, app) in _apps)
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }

        if (_database is not null)
        {
            await _database.DisposeAsync();
        }

        _directory.Dispose();
    }
}
