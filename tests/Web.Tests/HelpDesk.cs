using Hdms.Cli.Tests;
using Hdms.Testing;
using Hdms.Web.Tests;

[assembly: AssemblyFixture(typeof(HelpDesk))]
[assembly: CollectionBehavior(MaxParallelThreads = 2)]

namespace Hdms.Web.Tests;

/// <summary>One <c>hdms up</c> with the demo organisation and all of its tickets, and one Chromium, for all tests.</summary>
public sealed class HelpDesk : IAsyncLifetime
{
    static readonly Dictionary<string, string> WithTickets = new() { ["HDMS_DEMO_TICKETS"] = "on" };

    readonly TestDirectory _directory = TestDirectory.Create();
    RealProgram? _program;
    Chromium? _chromium;

    internal Chromium Chromium => _chromium!;

    internal Site Site { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var starting = Chromium.StartAsync();
        var address = Environment.GetEnvironmentVariable("HDMS_WEB_TESTS_AT");
        // While tests are written a start takes longer than they do: they may use one that runs.
        if (address is null)
        {
            _program = await RealProgram.UpAsync(WithTickets, Path.Combine(_directory.Path, "data"));
            await _program.SaysAsync("has its tickets");
            address = $"http://127.0.0.1:{_program.Port}";
        }

        _chromium = await starting;
        Site = new Site(_chromium, new Uri(address));
    }

    public async ValueTask DisposeAsync()
    {
        Site?.Dispose();
        if (_chromium is not null)
            await _chromium.DisposeAsync();
        if (_program is not null)
            await _program.DisposeAsync();
        _directory.Dispose();
    }
}
