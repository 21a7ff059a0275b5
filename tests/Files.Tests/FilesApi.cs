using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Hdms.Contracts;
using Hdms.Kit.Events;
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

namespace Hdms.Files.Tests;

/// <summary>The files service, with users and tickets running for real beside it, on a database and in a folder of their own.</summary>
public sealed class FilesApi : IAsyncLifetime
{
    internal static readonly string ServiceKey = Convert.ToBase64String(Enumerable.Range(1, 32).Select(n => (byte)n).ToArray());

    static readonly Service[] All = [AllServices.Users, AllServices.Tickets, AllServices.Files];

    readonly IReadOnlyDictionary<string, string?> _settings;
    readonly Lazy<Task<IReadOnlyDictionary<string, OperationAnswers>>> _documented;
    readonly Dictionary<Guid, (string Token, DateTimeOffset Until)> _tokens = [];
    readonly TestDirectory _directory = TestDirectory.Create();
    readonly int _ticketsPort = FreePort();
    readonly int _filesPort = FreePort();
    TestDatabase? _database;
    WebApplication? _users;
    WebApplication? _tickets;
    WebApplication? _files;

    public FilesApi()
        : this(new Dictionary<string, string?>())
    {
    }

    FilesApi(IReadOnlyDictionary<string, string?> settings)
    {
        _settings = settings;
        _documented = new(ReadDocumentAsync);
    }

    public TestClock Clock { get; } = new();

    public TestDatabase Database => _database!;

    public World World { get; private set; } = null!;

    /// <summary>Says who sees which messages, in the place of the communication service.</summary>
    public Chat Chat { get; } = new();

    /// <summary>Where bytes are.</summary>
    public string Folder => Path.Combine(_directory.Path, "files");

    /// <summary>The files service's container, to look at what HTTP does not show.</summary>
    public IServiceProvider Services => _files!.Services;

    public static async Task<FilesApi> StartAsync(params (string Name, string Value)[] settings)
    {
        var api = new FilesApi(settings.ToDictionary(s => s.Name, s => (string?)s.Value));
        await api.InitializeAsync();
        return api;
    }

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync(nameof(FilesApi), PrepareAsync);
        World = await World.ReadAsync(Database);
        await Chat.StartAsync();
        _users = UsersService.Build(Settings(("port", "0")), Configure);
        await _users.StartAsync();
        await StartTicketsAsync();
        await StartFilesAsync();
        await Eventually.ShouldAsync(() => Database.ScalarAsync<bool>(
            """
            SELECT NOT EXISTS (SELECT FROM users u LEFT JOIN files_replica_users r USING (id) WHERE r.version IS DISTINCT FROM u.version)
               AND NOT EXISTS (SELECT FROM users u LEFT JOIN tickets_replica_users r USING (id) WHERE r.version IS DISTINCT FROM u.version)
               AND NOT EXISTS (SELECT FROM departments d LEFT JOIN tickets_replica_departments r USING (id) WHERE r.head_id IS DISTINCT FROM d.head_id)
            """)!);
    }

    public async Task StartTicketsAsync()
    {
        _tickets = TicketsService.Build(Settings(("port", $"{_ticketsPort}")), Configure);
        await _tickets.StartAsync();
    }

    public async Task StopTicketsAsync() => _tickets = await EndAsync(_tickets!);

    public async Task StartFilesAsync()
    {
        _files = FilesService.Build(Settings(("port", $"{_filesPort}")), builder =>
        {
            Configure(builder);
            builder.Services.AddTransient<IStartupFilter, DocumentedAnswers.Naming>();
        });
        await _files.StartAsync();
    }

    public async Task StopFilesAsync() => _files = await EndAsync(_files!);

    /// <summary>A client of the files service that is this person.</summary>
    public HttpClient As(TestUser user) => With(TokenOf(user));

    /// <summary>A client of the files service that comes with this token, or with none.</summary>
    public HttpClient With(string? token)
    {
        var client = new HttpClient(new DocumentedAnswers(() => _documented.Value)) { BaseAddress = new Uri($"http://127.0.0.1:{_filesPort}"), Timeout = TimeSpan.FromMinutes(5) };
        if (token is not null)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    /// <summary>A client of the files service that is another service.</summary>
    public HttpClient AsService(string name = "tickets") => With(new Kit.Auth.ServiceTokens(name, Convert.FromBase64String(ServiceKey), Clock).Current());

    /// <summary>A client of the tickets service that is this person.</summary>
    public HttpClient TicketsAs(TestUser user)
    {
        var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{_ticketsPort}") };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TokenOf(user));
        return client;
    }

    /// <summary>It goes on being good when the clock is moved.</summary>
    public string TokenOf(TestUser user)
    {
        lock (_tokens)
        {
            if (_tokens.TryGetValue(user.Id, out var known) && known.Until > Clock.GetUtcNow())
                return known.Token;
            var person = new Person { Id = user.Id, Role = user.Role.ToString().ToLowerInvariant(), DepartmentId = user.DepartmentId };
            var token = _users!.Services.GetRequiredService<AccessTokens>().ForPersonAsync(person, Guid.CreateVersion7(), CancellationToken.None).GetAwaiter().GetResult().Text;
            _tokens[user.Id] = (token, Clock.GetUtcNow() + TimeSpan.FromMinutes(12));
            return token;
        }
    }

    /// <summary>The types of the events that gave a file its versions, oldest first.</summary>
    public async Task<IReadOnlyList<string>> EventsAsync(Guid file) =>
        [.. (await Services.GetRequiredService<EventReader>().OfStreamAsync(file, CancellationToken.None)).Where(e => e.StreamVersion is not null).Select(e => e.Type)];

    /// <summary>Where another process finds what this one stands on.</summary>
    public IReadOnlyDictionary<string, string?> SettingsForAnother() =>
        Settings().AsEnumerable().Where(s => s.Value is not null).ToDictionary(s => s.Key, s => s.Value);

    public async ValueTask DisposeAsync()
    {
        foreach (var app in new[] { _files, _tickets, _users }.OfType<WebApplication>())
            await EndAsync(app);
        await Chat.DisposeAsync();
        if (_database is not null)
            await _database.DisposeAsync();
        _directory.Dispose();
    }

    static async Task<WebApplication?> EndAsync(WebApplication app)
    {
        await app.StopAsync();
        await app.DisposeAsync();
        return null;
    }

    IConfigurationRoot Settings(params (string Name, string Value)[] more) => new ConfigurationBuilder()
        .AddInMemoryCollection(_database!.Settings())
        .AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["tickets_url"] = $"http://127.0.0.1:{_ticketsPort}",
            ["files_url"] = $"http://127.0.0.1:{_filesPort}",
            ["communication_url"] = Chat.Address,
            ["users_url"] = _users?.Urls.First(),
            ["service_key"] = ServiceKey,
            ["rate_limits"] = "false",
            ["log_level"] = "None",
            ["files_folder"] = Folder,
        })
        .AddInMemoryCollection(_settings)
        .AddInMemoryCollection(more.ToDictionary(m => m.Name, m => (string?)m.Value))
        .Build();

    void Configure(WebApplicationBuilder builder) => builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(Clock));

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    async Task<IReadOnlyDictionary<string, OperationAnswers>> ReadDocumentAsync()
    {
        using var client = new HttpClient();
        return OperationAnswers.Of(await client.GetFromJsonAsync<JsonElement>(new Uri($"http://127.0.0.1:{_filesPort}/openapi/files.json")));
    }

    static async Task PrepareAsync(TestDatabase template)
    {
        await template.ProvisionAsync(All);
        foreach (var definition in new[] { UsersService.Definition, TicketsService.Definition, FilesService.Definition })
        {
            await using var owner = new NpgsqlConnection(template.ConnectionStringOf(definition.Service.OwnerRole));
            await owner.OpenAsync();
            await definition.Schema.MigrateAsync(owner, null, CancellationToken.None);
        }

        await World.MakeAsync(template);
    }
}
