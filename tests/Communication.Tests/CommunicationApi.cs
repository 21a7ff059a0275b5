using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Hdms.Contracts;
using Hdms.Tickets;
using Hdms.Users;
using Hdms.Users.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;
using AllServices = Hdms.Contracts.Services;

namespace Hdms.Communication.Tests;

/// <summary>The communication service with users and tickets, running for real on a database of their own, with an organisation in it.</summary>
public sealed class CommunicationApi : IAsyncLifetime
{
    internal static readonly string ServiceKey = Convert.ToBase64String(Enumerable.Range(1, 32).Select(n => (byte)n).ToArray());

    static readonly Service[] All = [AllServices.Users, AllServices.Tickets, AllServices.Communication];

    readonly Dictionary<string, string?> _settings;
    readonly int _port = FreePort();
    readonly int _ticketsPort = FreePort();
    readonly Lazy<Task<IReadOnlyDictionary<string, OperationAnswers>>> _documented;
    readonly Dictionary<(Guid User, bool Tickets), HttpClient> _clients = [];
    TestDatabase? _database;
    WebApplication? _users;
    WebApplication? _tickets;
    WebApplication? _communication;
    string? _usersUrl;

    public CommunicationApi()
        : this([])
    {
    }

    CommunicationApi(Dictionary<string, string?> settings)
    {
        _settings = settings;
        _documented = new(ReadDocumentAsync);
    }

    /// <summary>Of all three services.</summary>
    public TestClock Clock { get; } = new();

    public TestDatabase Database => _database!;

    public World World { get; private set; } = null!;

    /// <summary>The communication service's container, to look at what HTTP does not show.</summary>
    public IServiceProvider Services => _communication!.Services;

    public Uri Url => new($"http://127.0.0.1:{_port}");

    public static async Task<CommunicationApi> StartAsync(params (string Name, string Value)[] settings)
    {
        var api = new CommunicationApi(settings.ToDictionary(s => s.Name, s => (string?)s.Value));
        await api.InitializeAsync();
        return api;
    }

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync(nameof(CommunicationApi), PrepareAsync);
        _users = UsersService.Build(Settings(("port", "0")), Configure);
        await _users.StartAsync();
        _usersUrl = _users.Urls.First();
        await StartTicketsAsync();
        await StartCommunicationAsync();
        World = await World.ReadAsync(Database);
        await Eventually.ShouldAsync(() => Database.ScalarAsync<bool>(
            "SELECT (SELECT count(*) FROM users) = (SELECT count(*) FROM communication_replica_users) AND (SELECT count(*) FROM users) = (SELECT count(*) FROM tickets_replica_users)")!);
    }

    public async Task StartTicketsAsync()
    {
        _tickets = TicketsService.Build(Settings(("port", $"{_ticketsPort}")), Configure);
        await _tickets.StartAsync();
    }

    public async Task StopTicketsAsync()
    {
        await StopAsync(_tickets!);
        _tickets = null;
    }

    public async Task StartCommunicationAsync() => _communication = await BuildAsync(_port);

    /// <summary>The communication service goes away, until <see cref="StartCommunicationAsync"/>.</summary>
    public async Task StopCommunicationAsync()
    {
        await StopAsync(_communication!);
        _communication = null;
    }

    /// <summary>Another instance of the communication service on the same database; to be disposed of.</summary>
    public async Task<WebApplication> StartAnotherAsync() => await BuildAsync(0);

    /// <summary>A client of the communication service that is this person.</summary>
    public HttpClient Chat(TestUser user) => Client(user, tickets: false);

    /// <summary>A client of the tickets service that is this person.</summary>
    public HttpClient Desk(TestUser user) => Client(user, tickets: true);

    /// <summary>A client of the communication service that is another service.</summary>
    public HttpClient AsService(string name = "files") => With(new Kit.Auth.ServiceTokens(name, Convert.FromBase64String(ServiceKey), Clock).Current(), Url);

    public HttpClient With(string token, Uri url)
    {
        var client = new HttpClient(new DocumentedAnswers(() => _documented.Value)) { BaseAddress = url };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    public async Task<string> TokenAsync(TestUser user) =>
        (await _users!.Services.GetRequiredService<AccessTokens>().ForPersonAsync(
            new Person { Id = user.Id, Role = user.Role.ToString().ToLowerInvariant(), DepartmentId = user.DepartmentId, IsApprover = user.Code.StartsWith("APP", StringComparison.Ordinal) },
            Guid.CreateVersion7(), CancellationToken.None)).Text;

    /// <summary>Until the communication service has heard of everything that tickets and itself have told, and tickets of everything of it.</summary>
    public Task HeardAsync() => Eventually.ShouldAsync(() => Database.ScalarAsync<bool>(
        """
        SELECT (SELECT position FROM communication_cursors WHERE reader = 'tickets') >= (SELECT coalesce(max(position), 0) FROM tickets_events WHERE stream_version IS NOT NULL)
           AND (SELECT position FROM communication_cursors WHERE reader = 'messages') >= (SELECT coalesce(max(position), 0) FROM communication_events WHERE stream_version IS NOT NULL)
           AND (SELECT min(position) FROM tickets_cursors WHERE source = 'communication') >= (SELECT coalesce(max(position), 0) FROM communication_events WHERE stream_version IS NOT NULL)
        """)!);

    public async ValueTask DisposeAsync()
    {
        foreach (var app in new[] { _communication, _tickets, _users }.OfType<WebApplication>())
        {
            await StopAsync(app);
        }

        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }

    HttpClient Client(TestUser user, bool tickets)
    {
        lock (_clients)
        {
            if (!_clients.TryGetValue((user.Id, tickets), out var client) || Until(client) <= Clock.GetUtcNow())
            {
                client = With(TokenAsync(user).GetAwaiter().GetResult(), tickets ? new Uri($"http://127.0.0.1:{_ticketsPort}") : Url);
                _clients[(user.Id, tickets)] = client;
            }

            return client;
        }
    }

    /// <summary>A minute before its token ends.</summary>
    static DateTimeOffset Until(HttpClient client) =>
        new DateTimeOffset(new Microsoft.IdentityModel.JsonWebTokens.JsonWebToken(client.DefaultRequestHeaders.Authorization!.Parameter).ValidTo, TimeSpan.Zero).AddMinutes(-1);

    async Task<WebApplication> BuildAsync(int port)
    {
        var app = CommunicationService.Build(Settings(("port", $"{port}")), builder =>
        {
            Configure(builder);
            builder.Services.AddTransient<IStartupFilter, DocumentedAnswers.Naming>();
        });
        await app.StartAsync();
        return app;
    }

    static async Task StopAsync(WebApplication app)
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }

    IConfigurationRoot Settings(params (string Name, string Value)[] more) => new ConfigurationBuilder()
        .AddInMemoryCollection(_database!.Settings())
        .AddInMemoryCollection(new Dictionary<string, string?>
        {
            // Known beforehand, so that any may be started first.
            ["tickets_url"] = $"http://127.0.0.1:{_ticketsPort}",
            ["communication_url"] = Url.ToString(),
            ["users_url"] = _usersUrl,
            ["service_key"] = ServiceKey,
            ["rate_limits"] = "false",
            ["log_level"] = "Error",
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
        return OperationAnswers.Of(await client.GetFromJsonAsync<JsonElement>(new Uri(Url, "/openapi/communication.json")));
    }

    static async Task PrepareAsync(TestDatabase template)
    {
        await template.ProvisionAsync(All);
        foreach (var definition in new[] { UsersService.Definition, TicketsService.Definition, CommunicationService.Definition })
        {
            await using var owner = new NpgsqlConnection(template.ConnectionStringOf(definition.Service.OwnerRole));
            await owner.OpenAsync();
            await definition.Schema.MigrateAsync(owner, null, CancellationToken.None);
        }

        await World.MakeAsync(template);
    }
}
