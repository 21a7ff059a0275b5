using Hdms.Cli.Tests;
using static Microsoft.Playwright.Assertions;

namespace Hdms.Web.Tests;

/// <summary>
/// Pictures of every page for people to look at, into <c>.hdms/screenshots/</c>: <c>./hdms test screenshots</c>. Some of
/// them, made smaller by <c>pngquant --quality 75-95</c>, are in <c>docs/pictures/</c> and the README.
/// </summary>
public sealed class ScreenshotTests(HelpDesk desk)
{
    static readonly string Folder = Path.Combine(RealProgram.Root, ".hdms", "screenshots");

    static readonly (string Name, int Width, int Height)[] Sizes = [("wide", 1400, 860), ("narrow", 390, 844)];

    [Fact]
    [Trait("Category", "Long")]
    public async Task Every_page_light_and_dark_wide_and_narrow()
    {
        var working = await NumberAsync("in_progress");
        var reviewed = await NumberAsync("my_reviews");
        var waiting = await NumberAsync("waiting_approval");
        var mine = await MineAsync();
        var (hook, delivery) = await desk.Site.WithWebhookAsync();
        foreach (var (size, width, height) in Sizes)
        {
            foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
            {
                var suffix = $"{size}-{scheme.ToString().ToLowerInvariant()}";
                Action<BrowserNewContextOptions> with = options => (options.ViewportSize, options.ColorScheme, options.ReducedMotion) = (new() { Width = width, Height = height }, scheme, ReducedMotion.Reduce);
                await using (var somebody = await desk.Site.NobodyAsync(with))
                    await TakeAsync(somebody, suffix, ("sign-in", "/sign-in"), ("nothing-here", "/nowhere"));
                await using (var requester = await desk.Site.SignedInAsync(People.Requester, with))
                    await TakeAsync(requester, suffix, ("home", "/home"), ("new-ticket", "/tickets/new?category=Hardware"), ("requester-ticket", $"/tickets/{mine}"), ("requester-board", "/board"));
                await using (var approver = await desk.Site.SignedInAsync(People.Ceo, with))
                    await TakeAsync(approver, suffix, ("approvals", "/approvals"));
                await using (var head = await desk.Site.SignedInAsync(People.HeadOfIt, with))
                    await TakeAsync(head, suffix, ("head-board", "/board"), ("head-dashboard", "/dashboard"));
                await using (var admin = await desk.Site.SignedInAsync(People.Admin, with))
                {
                    await admin.GoAsync("/");
                    var links = await admin.Page.Locator(".rail li a, .menu-list a").EvaluateAllAsync<string[]>("all => all.map(a => a.getAttribute('href'))");
                    await TakeAsync(admin, suffix, [.. links.Select(l => ($"admin{l.Split('?')[0].Replace("/admin", "", StringComparison.Ordinal).Replace('/', '-')}", l)), ("admin-webhook", $"/admin/webhooks/{hook}"), ("admin-webhook-delivery", $"/admin/webhooks/{hook}/deliveries/{delivery}")]);
                }

                await using var moderator = await desk.Site.SignedInAsync(People.Moderator, with);
                await TakeAsync(
                    moderator, suffix, ("board", "/board?tab=open"), ("board-split", $"/board?tab=open&open={working}"), ("board-filters", "/board?tab=open&priority=high"), ("board-empty", "/board?tab=open&tag=nothing"),
                    ("ticket", $"/tickets/{working}"), ("ticket-timeline", $"/tickets/{working}?show=timeline"), ("ticket-parts", $"/tickets/{working}?show=sub_tickets"), ("ticket-files", $"/tickets/{working}?show=files"),
                    ("ticket-audit", $"/tickets/{working}?show=audit"), ("ticket-waiting", $"/tickets/{waiting}"), ("requests", "/requests"), ("search", "/search?q=printer"), ("notifications", "/notifications"), ("moderator-dashboard", "/dashboard"));
                await moderator.GoAsync($"/tickets/{reviewed}");
                await moderator.ActAsync("Review and assign");
                await Expect(moderator.Dialog).ToBeVisibleAsync();
                await KeepAsync(moderator, $"assign-{suffix}");
                await moderator.Page.Keyboard.PressAsync("Escape");
                await moderator.Page.Keyboard.PressAsync("?");
                await KeepAsync(moderator, $"keys-{suffix}");
            }
        }
    }

    static async Task TakeAsync(Visitor visitor, string suffix, params (string Name, string Path)[] pages)
    {
        foreach (var (name, path) in pages)
        {
            await visitor.GoAsync(path);
            await KeepAsync(visitor, $"{name}-{suffix}");
        }
    }

    static async Task KeepAsync(Visitor visitor, string name) => await visitor.Page.ScreenshotAsync(new() { Path = Path.Combine(Folder, $"{name}.png"), Animations = ScreenshotAnimations.Disabled });

    /// <summary>A ticket of the demo organisation that stands there.</summary>
    async Task<string> NumberAsync(string tab)
    {
        await using var moderator = await desk.Site.SignedInAsync(People.Moderator);
        await moderator.GoAsync($"/board?tab={tab}&sort=created_at");
        return (await moderator.Page.Locator("tr[data-row]").First.GetAttributeAsync("data-row"))!;
    }

    async Task<string> MineAsync()
    {
        await using var requester = await desk.Site.SignedInAsync(People.Requester);
        await requester.GoAsync("/board?tab=mine");
        return (await requester.Page.Locator("tr[data-row]").First.GetAttributeAsync("data-row"))!;
    }
}
