using System.Text.Json;
using Dapper;
using Hdms.Cli.Cluster;
using Hdms.Contracts;
using Hdms.Testing;
using Npgsql;

namespace Hdms.Cli.Tests.Migrate;

/// <summary><c>hdms up</c> on its private server, and whoever moves its services from another terminal.</summary>
internal sealed class MovingHdms : IAsyncDisposable
{
    readonly TestDirectory _directory = TestDirectory.Create();

    public string Data => Path.Combine(_directory.Path, "data");

    public RealProgram Program { get; private set; } = null!;

    IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    public static async Task<MovingHdms> StartAsync(params (string Name, string Value)[] settings)
    {
        var hdms = new MovingHdms { Settings = settings.ToDictionary(s => s.Name, s => s.Value) };
        await hdms.UpAsync();
        return hdms;
    }

    public async Task UpAsync()
    {
        Program = await RealProgram.UpAsync(Settings, Data);
        await Program.SignInAsync();
    }

    public async Task StopAsync()
    {
        (await Program.StopAsync()).ShouldBe(ExitCode.Done, Program.Output);
        await Program.DisposeAsync();
    }

    /// <summary>SIGKILL; what it has begun on the server goes on or does not.</summary>
    public async Task KillAsync()
    {
        await Program.SignalAsync("KILL");
        await Program.ExitAsync();
    }

    /// <summary><c>hdms migrate …</c>, as it ends.</summary>
    public Task<ToolResult> TryMigrateAsync(params string[] arguments) => RealProgram.RunAsync(["migrate", .. arguments, "--data", Data]);

    /// <summary><c>hdms migrate …</c>, which has to succeed; what it printed.</summary>
    public async Task<string> MigrateAsync(params string[] arguments)
    {
        var result = await TryMigrateAsync(arguments);
        result.ExitCode.ShouldBe(ExitCode.Done, $"migrate {string.Join(' ', arguments)}\n{result.Output}{result.Error}\n{Program.Output}");
        if (!arguments.Contains("--json"))
            TestContext.Current.TestOutputHelper?.WriteLine($"$ hdms migrate {string.Join(' ', arguments)}\n{result.Output.TrimEnd()}");
        return result.Output;
    }

    /// <summary>The name of the database that a service is at home in, as the databases say.</summary>
    public async Task<string> HomeAsync(Service service) => (await HomesAsync())[service];

    /// <summary>That of each service.</summary>
    public async Task<Dictionary<Service, string>> HomesAsync() => JsonDocument.Parse(await MigrateAsync("status", "--json")).RootElement.GetProperty("moves").EnumerateArray()
        .ToDictionary(m => Services.All.Single(s => s.Name == m.GetProperty("service").GetString()), m => m.GetProperty("home").GetString()!.Split('/')[^1]);

    /// <summary>Rows, read as the superuser.</summary>
    public async Task<IReadOnlyList<T>> QueryAsync<T>(string database, string sql, object? parameters = null)
    {
        await using var connection = new NpgsqlConnection(PrivateCluster.FindRunning(Data)!.ConnectionString(database));
        return (await connection.QueryAsync<T>(sql, parameters)).AsList();
    }

    /// <summary>Every acknowledged effect is there exactly once, in its home, and whoever reads feeds has heard of it exactly once.</summary>
    public async Task HasOnceAsync(PeopleAtWork people)
    {
        var homes = await HomesAsync();
        await OnceAsync(homes[Services.Tickets], "SELECT title FROM tickets WHERE title LIKE @title", people, people.Tickets);
        await OnceAsync(homes[Services.Communication], "SELECT message FROM chat_messages WHERE message LIKE 'said of ' || @title", people, people.Messages);
        await OnceAsync(homes[Services.Users], "SELECT employee_code FROM users WHERE last_name = @Tag", people, people.Users);
        await OnceAsync(homes[Services.Files], "SELECT original_filename FROM attachments WHERE ticket_id IS NOT NULL AND original_filename = ANY (@all)", people, people.Files);
        await Eventually.ShouldAsync(async () =>
            (await QueryAsync<string>(homes[Services.Views], "SELECT title FROM view_tickets WHERE title LIKE @title AND attachments = 1 AND messages >= 1", new { title = TitlesOf(people) })).Count >= people.Files.Count);
        await OnceAsync(homes[Services.Views], "SELECT title FROM view_tickets WHERE title LIKE @title", people, people.Tickets);
        foreach (var service in Services.All)
            (await QueryAsync<long>(homes[service], $"SELECT count(*) FROM {service.Name}_parked")).Single().ShouldBe(0, $"{service.Name}: events that could not be applied");
    }

    public async ValueTask DisposeAsync()
    {
        await Program.DisposeAsync();
        _directory.Dispose();
    }

    static string TitlesOf(PeopleAtWork people) => $"at work {people.Tag} %";

    async Task OnceAsync(string database, string sql, PeopleAtWork people, IReadOnlyCollection<string> acknowledged)
    {
        var there = await QueryAsync<string>(database, sql, new { all = acknowledged.ToArray(), title = TitlesOf(people), people.Tag });
        acknowledged.Except(there).ShouldBeEmpty($"acknowledged, and not in {database}");
        there.GroupBy(t => t).Where(g => g.Count() > 1).Select(g => g.Key).ShouldBeEmpty($"more than once in {database}");
        // What was not acknowledged when it stopped, or failed without an answer, may be there, too: one for each who was at work.
        there.Count.ShouldBeLessThanOrEqualTo(acknowledged.Count + 5 + people.Failures.Count);
    }
}
