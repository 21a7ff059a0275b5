using System.Text.Json;
using static Microsoft.Playwright.Assertions;

namespace Hdms.Web.Tests;

/// <summary>Every page as axe-core sees it (WCAG 2.2 A and AA, and its own good practices), light and dark.</summary>
public sealed class AccessibilityTests(HelpDesk desk)
{
    const string Nowhere = "/nowhere";

    static readonly Lazy<string> Axe = new(() => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "axe", "axe.min.js")));

    static readonly Action<BrowserNewContextOptions> Still = options => options.ReducedMotion = ReducedMotion.Reduce;

    [Fact]
    public async Task The_sign_in_page()
    {
        await using var somebody = await desk.Site.NobodyAsync(Still);
        await LookAtAsync(somebody, "/sign-in", Nowhere);
    }

    [Fact]
    public async Task A_moderators_pages()
    {
        var ticket = (await desk.Site.WaitingForApprovalAsync(People.Approver)).Number;
        await using var moderator = await desk.Site.SignedInAsync(People.Moderator, Still);
        await LookAtAsync(
            moderator, "/board", $"/board?tab=open&open={ticket}", "/board?tab=open&priority=high&sort=due_at", "/board?tab=open&tag=nothing-has-this", "/board?tab=open&columns=requester,head,tags,progress,activity", "/board?tab=attention",
            $"/tickets/{ticket}", $"/tickets/{ticket}?show=timeline", $"/tickets/{ticket}?show=sub_tickets", $"/tickets/{ticket}?show=files", $"/tickets/{ticket}?show=audit",
            "/requests", "/search?q=printer", "/dashboard");
    }

    [Fact]
    public async Task A_moderators_dialogs()
    {
        var ticket = await desk.Site.SubmittedAsync();
        await desk.Site.ActAsync(People.Moderator, ticket, "review");
        await using var moderator = await desk.Site.SignedInAsync(People.Moderator, Still);
        await LookAtAsync(moderator, [.. new[] { "tag", "merge", "reject", "split" }.Select(a => $"/tickets/{ticket.Number}/act/{a}")]);

        await moderator.GoAsync($"/tickets/{ticket.Number}");
        await moderator.ActAsync("Review and assign");
        await Expect(moderator.Dialog).ToBeVisibleAsync();
        await LookAsync(moderator, "the assign dialog");
        await moderator.Page.Keyboard.PressAsync("Escape");
        await moderator.Page.Keyboard.PressAsync("Control+k");
        await LookAsync(moderator, "the list of commands");
        await moderator.Page.Keyboard.PressAsync("Escape");
        await moderator.Page.Keyboard.PressAsync("?");
        await LookAsync(moderator, "the list of keys");
        await moderator.Page.Keyboard.PressAsync("Escape");
        await moderator.AccountMenu.ClickAsync();
        await LookAsync(moderator, "the account's menu");
    }

    [Fact]
    public async Task A_requesters_pages()
    {
        var ticket = await desk.Site.SubmittedAsync();
        await using var requester = await desk.Site.SignedInAsync(People.Requester, Still);
        await LookAtAsync(requester, "/home", "/tickets/new", $"/tickets/{ticket.Number}", $"/tickets/{ticket.Number}/edit", "/board?tab=mine");
    }

    [Fact]
    public async Task A_heads_and_an_approvers_pages()
    {
        var ticket = await desk.Site.WaitingForApprovalAsync(People.Approver);
        await using var approver = await desk.Site.SignedInAsync(People.Approver, Still);
        await LookAtAsync(approver, $"/approvals?open={ticket.Number}");
        var work = await desk.Site.InProgressAsync();
        await using var head = await desk.Site.SignedInAsync(People.HeadOfIt, Still);
        await LookAtAsync(head, ["/board", "/dashboard", $"/tickets/{work.Number}", .. new[] { "progress", "request_approval", "request_sub_ticket" }.Select(a => $"/tickets/{work.Number}/act/{a}")]);
    }

    [Fact]
    public async Task Whatever_an_admins_menus_lead_to()
    {
        await using var visitor = await desk.Site.SignedInAsync(People.Admin, Still);
        await visitor.GoAsync("/");
        var links = await visitor.Page.Locator(".rail li a, .topbar a.bell, .menu-list a").EvaluateAllAsync<string[]>("all => all.map(a => a.getAttribute('href'))");
        links.Length.ShouldBeGreaterThan(8);
        await LookAtAsync(visitor, links);
    }

    [Fact]
    public async Task The_pages_of_a_webhook_and_of_what_was_sent_to_it()
    {
        var (hook, delivery) = await desk.Site.WithWebhookAsync();
        await using var visitor = await desk.Site.SignedInAsync(People.Admin, Still);
        await LookAtAsync(visitor, $"/admin/webhooks/{hook}", $"/admin/webhooks/{hook}?state=delivered", $"/admin/webhooks/{hook}/deliveries/{delivery}");
    }

    [Fact]
    public async Task Pages_on_a_phone_are_no_wider_than_the_phone()
    {
        Action<BrowserNewContextOptions> phone = options => options.ViewportSize = new() { Width = 390, Height = 800 };
        var ticket = (await desk.Site.InProgressAsync()).Number;
        await using var moderator = await desk.Site.SignedInAsync(People.Moderator, phone);
        await using var somebody = await desk.Site.NobodyAsync(phone);
        await NoWiderAsync(somebody, "/sign-in");
        foreach (var path in new[] { "/board?tab=open", $"/board?tab=open&open={ticket}", $"/tickets/{ticket}", $"/tickets/{ticket}?show=timeline", $"/tickets/{ticket}/act/reassign", "/tickets/new", "/requests", "/search?q=printer", "/dashboard", "/board?tab=open&columns=requester,head,tags,priority,progress,activity" })
            await NoWiderAsync(moderator, path);
    }

    static async Task NoWiderAsync(Visitor visitor, string path)
    {
        await visitor.GoAsync(path);
        (await visitor.Page.EvaluateAsync<int>("document.documentElement.scrollWidth")).ShouldBeLessThanOrEqualTo(visitor.Page.ViewportSize!.Width, path);
    }

    static async Task LookAtAsync(Visitor visitor, params string[] paths)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var path in paths)
        {
            var answer = await visitor.Page.GotoAsync(path);
            answer!.Status.ShouldBe(path == Nowhere ? 404 : 200, path);
            foreach (var finding in await FindingsAsync(visitor))
                found.TryAdd(finding, path);
        }

        found.Select(f => $"{f.Value}: {f.Key}").ShouldBeEmpty();
    }

    static async Task LookAsync(Visitor visitor, string what) => (await FindingsAsync(visitor)).ShouldBeEmpty(what);

    static async Task<IReadOnlyList<string>> FindingsAsync(Visitor visitor)
    {
        var light = await FindingsAsync(visitor.Page, "{ resultTypes: ['violations'] }");
        // What is different in the dark is colours.
        await visitor.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await Expect(visitor.Page.Locator("html")).ToHaveAttributeAsync("data-bs-theme", "dark");
        var dark = await FindingsAsync(visitor.Page, "{ resultTypes: ['violations'], runOnly: ['color-contrast'] }");
        await visitor.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
        return [.. light, .. dark.Select(f => $"dark: {f}"), .. visitor.Faults];
    }

    static async Task<List<string>> FindingsAsync(IPage page, string options)
    {
        if (!await page.EvaluateAsync<bool>("() => 'axe' in window"))
            await page.EvaluateAsync(Axe.Value);
        var found = await page.EvaluateAsync<JsonElement>(
            $$"""
              async () => (await axe.run(document, {{options}})).violations
                .filter(v => ['serious', 'critical'].includes(v.impact))
                .flatMap(v => v.nodes.map(n => `${v.impact} ${v.id}: ${n.target.join(' ')}: ${n.any.concat(n.all, n.none).map(c => c.message).join('; ')}`))
              """);
        return [.. found.EnumerateArray().Select(f => f.GetString()!)];
    }
}
