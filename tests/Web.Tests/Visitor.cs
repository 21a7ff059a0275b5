using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using static Microsoft.Playwright.Assertions;

namespace Hdms.Web.Tests;

/// <summary>Somebody before a browser.</summary>
internal sealed class Visitor : IAsyncDisposable
{
    Visitor(IPage page)
    {
        Page = page;
        page.PageError += (_, error) => Faults.Enqueue(error);
        page.Console += (_, line) =>
        {
            // A refusal is an answer like another: its page says why.
            if (line.Type == "error" && !line.Text.Contains("the server responded with a status of", StringComparison.Ordinal))
                Faults.Enqueue(line.Text);
        };
        page.Dialog += async (_, dialog) => await dialog.AcceptAsync();
    }

    public IPage Page { get; }

    /// <summary>What scripts ran into, and what the browser refused to load.</summary>
    public ConcurrentQueue<string> Faults { get; } = [];

    public ILocator Status => Page.Locator("#head .status");

    public ILocator Dialog => Page.Locator("#dialog");

    public ILocator Flash => Page.Locator("[data-flash]");

    public ILocator Messages => Page.Locator("#messages .text");

    public ILocator AccountMenu => Page.Locator(".topbar details.menu > summary");

    public ILocator Composer => Page.Locator("#message");

    /// <summary>A text that is known but in part.</summary>
    public static Regex Like(string pattern) => new(pattern, RegexOptions.None, TimeSpan.FromSeconds(1));

    public static async Task<Visitor> OpenAsync(IBrowserContext context) => new(await context.NewPageAsync());

    public Task GoAsync(string path) => Page.GotoAsync(path);

    /// <summary>Goes there and waits until what happens is told.</summary>
    public async Task FollowAsync(string path)
    {
        await GoAsync(path);
        await Expect(Page.Locator("html")).ToHaveAttributeAsync("data-live", "on");
    }

    public ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    public ILocator Link(string name) => Page.GetByRole(AriaRole.Link, new() { Name = name, Exact = true });

    /// <summary>An action of the open ticket, by its name.</summary>
    public async Task ActAsync(string label)
    {
        var action = Page.Locator(".ticket-actions").Locator("a, button").Filter(new() { HasTextRegex = Like($"^\\s*{Regex.Escape(label)}\\s*$") });
        await Expect(action).ToHaveCountAsync(1);
        if (!await action.IsVisibleAsync())
            await Page.Locator(".ticket-actions summary").ClickAsync();
        await action.ClickAsync();
    }

    /// <summary>Sends the form that is open in the dialog.</summary>
    public Task SendAsync() => Dialog.Locator("button[type=submit]").ClickAsync();

    public async Task SayAsync(string text)
    {
        await Composer.FillAsync(text);
        await Composer.PressAsync("Enter");
        await Expect(Messages.Filter(new() { HasText = text })).ToHaveCountAsync(1);
    }

    public async Task SeesAsync(string status) => await Expect(Status).ToHaveTextAsync(status);

    public async ValueTask DisposeAsync() => await Page.Context.DisposeAsync();
}
