using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Hdms.Communication;
using Hdms.Contracts;
using Hdms.Files;
using Hdms.Kit.Hosting;
using Hdms.Tickets;
using Hdms.Users;
using Hdms.Users.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;
using AllServices = Hdms.Contracts.Services;

namespace Hdms.Views.Tests;

/// <summary>All five services, running for real on a database of their own, with an organisation in it.</summary>
public sealed class ViewsApi : IAsyncLifetime
{
    internal static readonly string ServiceKey = Convert.ToBase64String(Enumerable.Range(1, 32).Select(n => (byte)n).ToArray());

    static readonly ServiceDefinition[] Definitions =
        [UsersService.Definition, TicketsService.Definition, CommunicationService.Definition, FilesService.Definition, ViewsService.Definition];

    readonly Dictionary<string, int> _ports = AllServices.All.ToDictionary(s => s.Name, _ => FreePort());
    readonly Dictionary<(Guid User, string Service), HttpClient> _clients = [];
    readonly TestDirectory _directory = TestDirectory.Create();
    readonly List<WebApplication> _apps = [];
    readonly Lazy<Task> _busyDay;
    TestDatabase? _database;

    public ViewsApi() => _busyDay = new(this.MakeBusyDayAsync);

    /// <summary>Of all services.</summary>
    public TestClock Clock { get; } = new();

    public TestDatabase Database => _database!;

    public World World { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync(nameof(ViewsApi), PrepareAsync);
        foreach (var app in new[]
        {
            UsersService.Build(Settings("users"), Configure), TicketsService.Build(Settings("tickets"), Configure),
            CommunicationService.Build(Settings("communication"), Configure), FilesService.Build(Settings("files"), Configure),
            ViewsService.Build(Settings("views"), Configure),
        })
        {
            _apps.Add(app);
            await app.StartAsync();
        }

        World = await World.ReadAsync(Database);
        (await On(AllServices.Users, World.Admin).PutAsync($"/api/v1/departments/{World.It}/team-members/{World.Teammate.Id}", null)).EnsureSuccessStatusCode();
        await HeardAsync();
    }

    /// <summary>A client of a service that is this person.</summary>
    public HttpClient On(Service service, TestUser user)
    {
        lock (_clients)
        {
            if (!_clients.TryGetValue((user.Id, service.Name), out var client) || Until(client) <= Clock.GetUtcNow())
            {
                client = new HttpClient { BaseAddress = Url(service.Name) };
                client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TokenAsync(user).GetAwaiter().GetResult());
                _clients[(user.Id, service.Name)] = client;
            }

            return client;
        }
    }

    public HttpClient Views(TestUser user) => On(AllServices.Views, user);

    public HttpClient Desk(TestUser user) => On(AllServices.Tickets, user);

    public HttpClient Chat(TestUser user) => On(AllServices.Communication, user);

    /// <summary>Until everything that was told was heard by everybody.</summary>
    public Task HeardAsync() => Eventually.ShouldAsync(() => Database.ScalarAsync<bool>(
        $"""
         SELECT {string.Join(" AND ", AllServices.All.SelectMany(reader => AllServices.All.Select(source =>
             $"coalesce((SELECT min(position) FROM {reader.Name}_cursors WHERE source = '{source.Name}'), 9223372036854775807) >= (SELECT coalesce(max(position), 0) FROM {source.Name}_events WHERE stream_version IS NOT NULL)")))}
         """)!);

    /// <summary>The views service once more, to fill a copy.</summary>
    public WebApplication BuildAnother(params (string Name, string Value)[] settings) => ViewsService.Build(Settings("views", [("port", "0"), .. settings]), Configure);

    /// <summary>Has tickets that each sees in another way; made once.</summary>
    public Task BusyDayAsync() => _busyDay.Value;

    public async Task<NpgsqlConnection> OpenAsOwnerAsync()
    {
        var owner = new NpgsqlConnection(Database.ConnectionStringOf(AllServices.Views.OwnerRole));
        await owner.OpenAsync();
        return owner;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var app in Enumerable.Reverse(_apps))
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

    async Task<string> TokenAsync(TestUser user) =>
        (await _apps[0].Services.GetRequiredService<AccessTokens>().ForPersonAsync(
            new Person { Id = user.Id, Role = user.Role.ToString().ToLowerInvariant(), DepartmentId = user.DepartmentId }, Guid.CreateVersion7(), CancellationToken.None)).Text;

    /// <summary>A minute before its token ends.</summary>
    static DateTimeOffset Until(HttpClient client) =>
        new DateTimeOffset(new Microsoft.IdentityModel.JsonWebTokens.JsonWebToken(client.DefaultRequestHeaders.Authorization!.Parameter).ValidTo, TimeSpan.Zero).AddMinutes(-1);

    Uri Url(string service) => new($"http://127.0.0.1:{_ports[service]}");

    IConfigurationRoot Settings(string service, params (string Name, string Value)[] more) => new ConfigurationBuilder()
        .AddInMemoryCollection(_database!.Settings())
        .AddInMemoryCollection(_ports.Keys.ToDictionary(s => $"{s}_url", s => (string?)Url(s).ToString()))
        .AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["port"] = $"{_ports[service]}",
            ["service_key"] = ServiceKey,
            ["rate_limits"] = "false",
            ["log_level"] = "Error",
            ["files_folder"] = _directory.Path,
        })
        .AddInMemoryCollection(more.ToDictionary(m => m.Name, m => (string?)m.Value))
        .Build();

    void Configure(WebApplicationBuilder builder) => builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(Clock));

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    static async Task PrepareAsync(TestDatabase template)
    {
        await template.ProvisionAsync(AllServices.All);
        foreach (var definition in Definitions)
        {
            await using var owner = new NpgsqlConnection(template.ConnectionStringOf(definition.Service.OwnerRole));
            await owner.OpenAsync();
            await definition.Schema.MigrateAsync(owner, null, CancellationToken.None);
        }

        await World.MakeAsync(template);
    }
}

/// <summary>One running world for all tests that only add to it.</summary>
[CollectionDefinition(nameof(SharedViews))]
public sealed class SharedViews : ICollectionFixture<ViewsApi>;
