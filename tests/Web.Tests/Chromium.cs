namespace Hdms.Web.Tests;

/// <summary>The machine's own Chromium, without a window, driven by Playwright.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    /// <summary>How long a page may take on a busy machine.</summary>
    const float Patience = 30_000;

    readonly IPlaywright _playwright;

    Chromium(IPlaywright playwright, IBrowser browser) => (_playwright, Browser) = (playwright, browser);

    public IBrowser Browser { get; }

    public static async Task<Chromium> StartAsync()
    {
        // The browser is Debian's; Playwright has none to fetch.
        Environment.SetEnvironmentVariable("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
        Assertions.SetDefaultExpectTimeout(Patience);
        var playwright = await Playwright.CreateAsync();
        return new Chromium(playwright, await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Environment.GetEnvironmentVariable("CHROMIUM") ?? "/usr/bin/chromium",
            // Root may start it only so, and in a container it has little shared memory.
            Args = ["--no-sandbox", "--disable-dev-shm-usage"],
        }));
    }

    public async Task<IBrowserContext> ContextAsync(BrowserNewContextOptions options)
    {
        var context = await Browser.NewContextAsync(options);
        context.SetDefaultTimeout(Patience);
        return context;
    }

    public async ValueTask DisposeAsync()
    {
        await Browser.DisposeAsync();
        _playwright.Dispose();
    }
}
