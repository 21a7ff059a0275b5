using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Hdms.Contracts;
using Hdms.Kit.Auth;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Rebuild;
using Hdms.Users.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hdms.Users.Tests;

/// <summary>The users service, running for real on a database of its own, without limits of requests; and ways to be somebody in it.</summary>
public sealed class UsersApi : IAsyncLifetime
{
    static readonly string ServiceKey = Convert.ToBase64String(Enumerable.Range(1, 32).Select(n => (byte)n).ToArray());

    readonly IReadOnlyDictionary<string, string?> _settings;
    readonly bool _ownsDatabase = true;
    readonly Lazy<Task<IReadOnlyDictionary<string, OperationAnswers>>> _documented;
    TestDatabase? _database;
    WebApplication? _app;
    HttpClient? _http;

    public UsersApi()
        : this(new Dictionary<string, string?> { ["rate_limits"] = "false" }, null, new TestClock())
    {
    }

    internal UsersApi(IReadOnlyDictionary<string, string?> settings, TestDatabase? database, TestClock clock)
    {
        (_settings, _database, Clock) = (settings, database, clock);
        _documented = new(ReadDocumentAsync);
        _ownsDatabase = database is null;
    }

    public TestClock Clock { get; }

    public TestLog Log { get; } = new();

    public TestDatabase Database => _database!;

    /// <summary>The service's container, to look at what HTTP does not show.</summary>
    public IServiceProvider Services => _app!.Services;

    /// <summary>A client that is nobody.</summary>
    public HttpClient Http => _http!;

    /// <summary>A service with further settings, as <c>rate_limit_sign_in</c>; dispose of it.</summary>
    public static async Task<UsersApi> StartAsync(params (string Name, string Value)[] settings)
    {
        var api = new UsersApi(settings.ToDictionary(s => s.Name, s => (string?)s.Value), null, new TestClock());
        await api.InitializeAsync();
        return api;
    }

    /// <summary>Another instance of the service on the same database; dispose of it.</summary>
    public async Task<UsersApi> StartAnotherAsync()
    {
        var api = new UsersApi(_settings, Database, Clock);
        await api.InitializeAsync();
        return api;
    }

    public async ValueTask InitializeAsync()
    {
        _database ??= await TestDatabase.CreateAsync(nameof(UsersApi), PrepareAsync);
        var settings = new ConfigurationBuilder()
            .AddInMemoryCollection(_database.Settings())
            .AddInMemoryCollection(new Dictionary<string, string?> { ["port"] = "0", ["service_key"] = ServiceKey })
            .AddInMemoryCollection(_settings)
            .Build();
        _app = UsersService.Build(settings, builder =>
        {
            builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(Clock));
            builder.Services.AddSingleton(new TicketsClient(new HttpClient(new NoTickets()) { BaseAddress = new Uri("http://tickets.invalid") }));
            builder.Services.AddTransient<IStartupFilter, DocumentedAnswers.Naming>();
            builder.Logging.AddProvider(Log).AddFilter<TestLog>(null, LogLevel.Trace);
            foreach (var category in new[] { "Microsoft", "System", "Npgsql", "Hdms" })
                builder.Logging.AddFilter<TestLog>(category, LogLevel.Trace);
        });
        await _app.StartAsync();
        _http = Client();
    }

    /// <summary>Somebody with a password, straight into the tables. The row has no event, like one that came from the old system.</summary>
    /// <param name="hash">The kept hash, when it is another than that of <see cref="TestPerson.Password"/>.</param>
    public async Task<TestPerson> AddAsync(
        Role role = Role.Requester, string? code = null, string? hash = null, bool active = true, bool authorized = true, bool mustChange = false, Guid? department = null)
    {
        var person = new TestPerson(Guid.CreateVersion7(), code ?? $"T-{Guid.NewGuid():N}"[..20]);
        await Database.ExecuteAsync(
            """
            INSERT INTO users (id, employee_code, email, first_name, last_name, role, is_approver, helpdesk_authorized, is_active, department_id, date_joined, created_at, updated_at, version)
            VALUES (@Id, @Code, @email, 'Ada', 'Tester', @role, @approver, @authorized, @active, @department, @now, @now, @now, 1);
            INSERT INTO user_credentials (user_id, password_hash, must_change, updated_at) VALUES (@Id, @hash, @mustChange, now());
            """,
            new
            {
                person.Id,
                person.Code,
                email = $"{person.Code}@example.org",
                role = role.ToString().ToLowerInvariant(),
                approver = role == Role.Moderator,
                // To the millisecond, as the service keeps times.
                now = DateTimeOffset.FromUnixTimeMilliseconds(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()),
                authorized,
                active,
                department,
                mustChange,
                hash = hash ?? TestPerson.PasswordHash,
            });
        return person;
    }

    /// <summary>Compares the tables with the log.</summary>
    public Task<IReadOnlyList<TableCheck>> CheckAsync(bool values = false) => Check.RunAsync(Services.GetRequiredService<ServiceDatabase>(), values, CancellationToken.None);

    internal StateCheck Check => new("users", UsersService.Definition.State, Services.GetRequiredService<EventReader>());

    public async Task<SignedIn> SignInAsync(TestPerson person, string? password = null)
    {
        var response = await Http.PostAsJsonAsync("/api/v1/auth/sign-in", new SignInRequest(person.Code, password ?? TestPerson.Password), Json.Tolerant);
        return await response.ReadAsync<SignedIn>();
    }

    /// <summary>A client that is signed in as somebody new of this role.</summary>
    public async Task<HttpClient> AsAsync(Role role) => As((await SignInAsync(await AddAsync(role))).AccessToken);

    public async Task<HttpClient> AsAsync(TestPerson person) => As((await SignInAsync(person)).AccessToken);

    /// <summary>A client that comes with this access token.</summary>
    public HttpClient As(string accessToken)
    {
        var client = Client();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
        return client;
    }

    /// <summary>A client that is another service, as the tickets service.</summary>
    public HttpClient AsService(string name = "tickets") => As(new ServiceTokens(name, Convert.FromBase64String(ServiceKey), Clock).Current());

    /// <summary>Ends the instance and leaves the database to others.</summary>
    public async Task StopAsync()
    {
        _http?.Dispose();
        if (_app is not null)
        {
            await _app.StopAsync();
            await _app.DisposeAsync();
            _app = null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (_ownsDatabase && _database is not null)
            await _database.DisposeAsync();
    }

    /// <summary>What each operation documents, by its id.</summary>
    public Task<IReadOnlyDictionary<string, OperationAnswers>> DocumentedAsync() => _documented.Value;

    async Task<IReadOnlyDictionary<string, OperationAnswers>> ReadDocumentAsync()
    {
        using var client = new HttpClient();
        return OperationAnswers.Of(await client.GetFromJsonAsync<JsonElement>(new Uri(new Uri(_app!.Urls.First()), "/openapi/users.json")));
    }

    HttpClient Client() => new(new DocumentedAnswers(DocumentedAsync)) { BaseAddress = new Uri(_app!.Urls.First()) };

    static async Task PrepareAsync(TestDatabase template)
    {
        await template.ProvisionAsync(Contracts.Services.Users);
        await using var owner = new NpgsqlConnection(template.ConnectionStringOf(Contracts.Services.Users.OwnerRole));
        await owner.OpenAsync();
        await UsersService.Definition.Schema.MigrateAsync(owner, null, CancellationToken.None);
    }
}

/// <summary>Somebody who was added for a test.</summary>
public sealed record TestPerson(Guid Id, string Code)
{
    public const string Password = "amber lantern 7 quays";

    /// <summary>Made once: it takes a tenth of a second.</summary>
    internal static readonly string PasswordHash = Passwords.Hash(Password);
}

/// <summary>The tickets service of an organisation without tickets. With the real one, deleting departments is tested in tests/Tickets.Tests.</summary>
sealed class NoTickets : HttpMessageHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(new HttpResponseMessage
    {
        Content = JsonContent.Create(new DepartmentHold(Guid.Empty, 0), options: Json.Tolerant),
    });
}
