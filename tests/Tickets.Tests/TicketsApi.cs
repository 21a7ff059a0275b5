using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Events;
using Hdms.Users;
using Hdms.Users.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Npgsql;
using AllServices = Hdms.Contracts.Services;

namespace Hdms.Tickets.Tests;

/// <summary>The tickets service and the users service, running for real on a database of their own, with an organisation in it.</summary>
public sealed class TicketsApi : IAsyncLifetime
{
    internal static readonly string ServiceKey = Convert.ToBase64String(Enumerable.Range(1, 32).Select(n => (byte)n).ToArray());

    static readonly Service[] Both = [AllServices.Users, AllServices.Tickets];

    readonly IReadOnlyDictionary<string, string?> _settings;
    readonly bool _ownsDatabase = true;
    readonly Lazy<Task<IReadOnlyDictionary<string, OperationAnswers>>> _documented;
    readonly Dictionary<Guid, (HttpClient Client, DateTimeOffset Until)> _clients = [];
    TestDatabase? _database;
    WebApplication? _users;
    TcpListener? _hanging;
    WebApplication? _tickets;

    public TicketsApi()
        : this(new Dictionary<string, string?>(), null, new TestClock())
    {
    }

    TicketsApi(IReadOnlyDictionary<string, string?> settings, TestDatabase? database, TestClock clock)
    {
        (_settings, _database, Clock) = (settings, database, clock);
        _documented = new(ReadDocumentAsync);
        _ownsDatabase = database is null;
    }

    /// <summary>Of both services.</summary>
    public TestClock Clock { get; }

    public TestLog Log { get; } = new();

    public TestDatabase Database => _database!;

    public World World { get; private set; } = null!;

    /// <summary>The tickets service's container, to look at what HTTP does not show.</summary>
    public IServiceProvider Services => _tickets!.Services;

    public static async Task<TicketsApi> StartAsync(params (string Name, string Value)[] settings)
    {
        var api = new TicketsApi(settings.ToDictionary(s => s.Name, s => (string?)s.Value), null, new TestClock());
        await api.InitializeAsync();
        return api;
    }

    /// <summary>Another instance of both services on the same database; dispose of it.</summary>
    public async Task<TicketsApi> StartAnotherAsync()
    {
        var api = new TicketsApi(_settings, Database, Clock);
        await api.InitializeAsync();
        return api;
    }

    public async ValueTask InitializeAsync()
    {
        _database ??= await TestDatabase.CreateAsync(nameof(TicketsApi), PrepareAsync);
        await StartUsersAsync();
        await StartTicketsAsync();
        World = await World.ReadAsync(Database);
        await ReplicasAsync();
    }

    public async Task StartTicketsAsync()
    {
        _tickets = TicketsService.Build(Settings(("port", $"{_ticketsPort}")), builder =>
        {
            Configure(builder);
            builder.Services.AddTransient<IStartupFilter, DocumentedAnswers.Naming>();
            builder.Logging.AddProvider(Log).AddFilter<TestLog>(null, LogLevel.Information);
            foreach (var category in new[] { "Microsoft", "System", "Npgsql", "Hdms" })
                builder.Logging.AddFilter<TestLog>(category, LogLevel.Information);
        });
        await _tickets.StartAsync();
    }

    /// <summary>The tickets service goes away, until <see cref="StartTicketsAsync"/>; clients of before are of no use then.</summary>
    public async Task StopTicketsAsync()
    {
        await _tickets!.StopAsync();
        await _tickets.DisposeAsync();
        _tickets = null;
        lock (_clients)
            _clients.Clear();
    }

    public async Task StartUsersAsync()
    {
        _hanging?.Dispose();
        _hanging = null;
        _users = UsersService.Build(Settings(), Configure);
        await _users.StartAsync();
        _usersUrl ??= _users.Urls.First();
        if (_tickets is not null)
            await Eventually.ShouldAsync(UsersAnswerAsync);
    }

    // After failures the client leaves the service alone for a moment (Polly's circuit breaker); nobody is to meet that who did not ask for it.
    async Task<bool> UsersAnswerAsync()
    {
        using var asked = await As(World.Requester).PostAsync(TicketActs.Path, TicketActs.New(Guid.NewGuid()));
        return asked.StatusCode == HttpStatusCode.UnprocessableEntity;
    }

    /// <summary>The users service goes away, until <see cref="StartUsersAsync"/>.</summary>
    public async Task StopUsersAsync()
    {
        // The keys to its tokens are known to a service that has been asked anything before.
        (await As(World.Requester).GetAsync($"{TicketActs.Path}?limit=1")).Dispose();
        await _users!.StopAsync();
        await _users.DisposeAsync();
        _users = null;
    }

    /// <summary>In the place of the users service there is somebody who takes every call and answers none, until <see cref="StartUsersAsync"/>.</summary>
    public async Task HangUsersAsync()
    {
        await StopUsersAsync();
        _hanging = new TcpListener(IPAddress.Loopback, new Uri(_usersUrl!).Port);
        _hanging.Start();
    }

    /// <summary>The copies of people and departments stay as they are, as when their readers lag behind the others, until this is disposed of.</summary>
    public Task<IAsyncDisposable> HoldReplicasAsync() => HoldAsync("SELECT FROM tickets_cursors WHERE reader LIKE 'replica:%' FOR UPDATE");

    /// <summary>Has what the SQL locks, until this is disposed of.</summary>
    public async Task<IAsyncDisposable> HoldAsync(string sql, Guid? id = null)
    {
        // Not from a pool, which would keep the transaction open.
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Database.ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await connection.ExecuteAsync($"BEGIN; {sql}", new { id });
        return connection;
    }

    /// <summary>Until the tickets service has heard of everything that the users service has told.</summary>
    public Task ReplicasAsync() => Eventually.ShouldAsync(() => Database.ScalarAsync<bool>(
        """
        SELECT NOT EXISTS (SELECT FROM users u LEFT JOIN tickets_replica_users r USING (id) WHERE r.version IS DISTINCT FROM u.version)
           AND NOT EXISTS (SELECT FROM departments d LEFT JOIN tickets_replica_departments r USING (id) WHERE r.state IS DISTINCT FROM d.state OR r.head_id IS DISTINCT FROM d.head_id)
           AND (SELECT count(*) FROM team_members) = (SELECT count(*) FROM tickets_replica_team_members)
        """)!);

    /// <summary>A client that is this person; it goes on being them when the clock is moved.</summary>
    public HttpClient As(TestUser user)
    {
        lock (_clients)
        {
            if (_clients.TryGetValue(user.Id, out var known) && known.Until > Clock.GetUtcNow())
                return known.Client;
            var person = new Person
            {
                Id = user.Id,
                Role = user.Role.ToString().ToLowerInvariant(),
                DepartmentId = user.DepartmentId,
                IsCeo = user.IsCeo,
                IsApprover = user.IsApprover,
            };
            var token = TokensAsync(person).GetAwaiter().GetResult();
            var client = With(token);
            _clients[user.Id] = (client, Clock.GetUtcNow() + TimeSpan.FromMinutes(12));
            return client;
        }
    }

    /// <summary>A client that comes with this access token.</summary>
    public HttpClient With(string token)
    {
        var client = new HttpClient(new DocumentedAnswers(() => _documented.Value)) { BaseAddress = new Uri(_tickets!.Urls.First()) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    /// <summary>A client that is another service.</summary>
    public HttpClient AsService(string name = "communication") =>
        With(new Kit.Auth.ServiceTokens(name, Convert.FromBase64String(ServiceKey), Clock).Current());

    /// <summary>A client of the users service, as an admin.</summary>
    public HttpClient UsersAsAdmin()
    {
        var token = TokensAsync(new Person { Id = World.Admin.Id, Role = "admin" }).GetAwaiter().GetResult();
        var client = new HttpClient { BaseAddress = new Uri(_usersUrl!) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    /// <summary>Where another process finds what this one stands on.</summary>
    public IReadOnlyDictionary<string, string?> SettingsForAnother() =>
        new Dictionary<string, string?>(Database.Settings()) { ["users_url"] = _usersUrl, ["service_key"] = ServiceKey, ["rate_limits"] = "off" };

    /// <summary>The types of the events that gave a thing its versions, oldest first.</summary>
    public async Task<IReadOnlyList<string>> EventsAsync(Guid stream) =>
        [.. (await Services.GetRequiredService<EventReader>().OfStreamAsync(stream, CancellationToken.None)).Where(e => e.StreamVersion is not null).Select(e => e.Type)];

    public async ValueTask DisposeAsync()
    {
        _hanging?.Dispose();
        foreach (var app in new[] { _tickets, _users }.OfType<WebApplication>())
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }

        if (_ownsDatabase && _database is not null)
            await _database.DisposeAsync();
    }

    readonly int _ticketsPort = FreePort();

    string? _usersUrl;

    async Task<string> TokensAsync(Person person) =>
        (await _users!.Services.GetRequiredService<AccessTokens>().ForPersonAsync(person, Guid.CreateVersion7(), CancellationToken.None)).Text;

    IConfigurationRoot Settings(params (string Name, string Value)[] more) => new ConfigurationBuilder()
        .AddInMemoryCollection(_database!.Settings())
        .AddInMemoryCollection(new Dictionary<string, string?>
        {
            // The users service comes back where it was.
            ["port"] = _users is null && _usersUrl is { } url ? new Uri(url).Port.ToString() : "0",
            // Known beforehand, so that either may be started first.
            ["tickets_url"] = $"http://127.0.0.1:{_ticketsPort}",
            ["users_url"] = _usersUrl ?? _users?.Urls.First(),
            ["service_key"] = ServiceKey,
            ["rate_limits"] = "false",
        })
        .AddInMemoryCollection(_settings)
        .AddInMemoryCollection(more.ToDictionary(m => m.Name, m => (string?)m.Value))
        .Build();

    void Configure(WebApplicationBuilder builder) => builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(Clock));

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    async Task<IReadOnlyDictionary<string, OperationAnswers>> ReadDocumentAsync()
    {
        using var client = new HttpClient();
        return OperationAnswers.Of(await client.GetFromJsonAsync<JsonElement>(new Uri(new Uri(_tickets!.Urls.First()), "/openapi/tickets.json")));
    }

    static async Task PrepareAsync(TestDatabase template)
    {
        await template.ProvisionAsync(Both);
        foreach (var (service, schema) in new[] { (AllServices.Users, UsersService.Definition.Schema), (AllServices.Tickets, TicketsService.Definition.Schema) })
        {
            await using var owner = new NpgsqlConnection(template.ConnectionStringOf(service.OwnerRole));
            await owner.OpenAsync();
            await schema.MigrateAsync(owner, null, CancellationToken.None);
        }

        await World.MakeAsync(template);
    }
}
