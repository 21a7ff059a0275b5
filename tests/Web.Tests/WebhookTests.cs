using Hdms.Testing;
using static Microsoft.Playwright.Assertions;

namespace Hdms.Web.Tests;

/// <summary>An admin has a program told of events, without a script.</summary>
public sealed class WebhookTests(HelpDesk desk)
{
    [Fact]
    public async Task A_webhook_is_registered_tested_given_a_new_secret_turned_off_and_deleted()
    {
        var name = $"Wallboard {Guid.NewGuid():N}"[..20];
        await using var admin = await desk.Site.SignedInAsync(People.Admin, options => options.JavaScriptEnabled = false);
        await admin.GoAsync("/admin/people");
        await admin.Link("Webhooks").ClickAsync();
        await admin.Page.GetByLabel("Name").FillAsync(name);
        await admin.Page.GetByLabel("Address").FillAsync("https://127.0.0.1:9/hdms");
        await admin.Button("Register it, and show its secret").ClickAsync();
        await Expect(admin.Page.Locator(".field-error").First).ToContainTextAsync("private network");
        await Expect(admin.Page.GetByLabel("Name")).ToHaveValueAsync(name);

        // A name that nobody has anywhere.
        await admin.Page.GetByLabel("Address").FillAsync("https://receiver.invalid/hdms");
        await admin.Page.Locator("#f-all").UncheckAsync();
        if (await admin.Page.Locator("#f-event_types").GetAttributeAsync("open") is null)
            await admin.Page.GetByText("Only of some").ClickAsync();
        await admin.Page.GetByRole(AriaRole.Checkbox, new() { Name = "ticket.closed.v1", Exact = true }).CheckAsync();
        await admin.Button("Register it, and show its secret").ClickAsync();
        var first = await admin.Page.Locator("#secret").TextContentAsync();
        first.ShouldStartWith("whsec_");
        await admin.Link("I have it").ClickAsync();
        (await admin.Page.ContentAsync()).ShouldNotContain("whsec_");

        await admin.Button("Send a test event").ClickAsync();
        await Expect(admin.Flash).ToContainTextAsync("on its way");
        var here = admin.Page.Url;
        await LookAgainUntilAsync(admin, here, "its name stands for no address");
        await Expect(admin.Page.Locator("h1 .status")).ToHaveTextAsync("failing");
        await admin.Link("webhook.test.v1").ClickAsync();
        await Expect(admin.Page.Locator("pre").First).ToContainTextAsync("\"type\":\"webhook.test.v1\"");
        await admin.Button("Replay").ClickAsync();
        await Expect(admin.Flash).ToContainTextAsync("sent again");

        await admin.GoAsync(here);
        await AskAsync(admin, "New secret");
        (await admin.Page.Locator("#secret").TextContentAsync()).ShouldNotBe(first);
        await admin.Link("I have it").ClickAsync();
        await Expect(admin.Page.GetByText("Two secrets sign until")).ToBeVisibleAsync();
        await AskAsync(admin, "Turn off");
        await Expect(admin.Page.Locator("h1 .status")).ToHaveTextAsync("off");
        await AskAsync(admin, "Turn on");
        await Expect(admin.Button("Send a test event")).ToBeVisibleAsync();
        await AskAsync(admin, "Delete");
        await Expect(admin.Flash).ToHaveTextAsync("Deleted.");
        await Expect(admin.Link(name)).ToHaveCountAsync(0);
    }

    /// <summary>Opens what a step means, and says yes.</summary>
    static async Task AskAsync(Visitor admin, string label)
    {
        var asked = admin.Page.Locator("details.asked").Filter(new() { HasText = label });
        await asked.Locator("summary").ClickAsync();
        await asked.Locator("button[type=submit]").ClickAsync();
    }

    static Task LookAgainUntilAsync(Visitor admin, string page, string text) => Eventually.ShouldAsync(async () =>
    {
        await admin.GoAsync(page);
        return (await admin.Page.ContentAsync()).Contains(text, StringComparison.Ordinal);
    });
}
