using Hdms.Cli.Tests;
using Hdms.Testing;
using static Microsoft.Playwright.Assertions;

namespace Hdms.Web.Tests;

/// <summary>A service goes to a database of its own by what an admin presses, and looks at.</summary>
public sealed class DatabasePageTests(HelpDesk desk)
{
    [Fact]
    [Trait("Category", "Long")]
    public async Task A_service_is_taken_to_a_database_of_its_own_and_back_and_there_for_good_from_the_page()
    {
        using var directory = TestDirectory.Create();
        await using var hdms = await RealProgram.UpAsync(Path.Combine(directory.Path, "data"));
        using var site = new Site(desk.Chromium, new Uri($"http://127.0.0.1:{hdms.Port}"));
        await using var admin = await site.SignedInAsync(People.Admin);
        await admin.GoAsync("/admin/database");
        var files = admin.Page.Locator("[data-move=files]");

        await files.GetByRole(AriaRole.Button, new() { Name = "What stands in the way?" }).ClickAsync();
        await Expect(files.GetByText("Nothing stands in the way.").First).ToBeVisibleAsync();

        // Nothing is loaded by hand from here on: the page follows what is being done.
        await AskForAsync("Start", "a backup is taken");
        await StandsAsync("in_sync", "In step", "hdms_db");
        await files.GetByRole(AriaRole.Button, new() { Name = "Verify", Exact = true }).ClickAsync();
        await StandsAsync("in_sync", "Compared", "hdms_db");
        await Expect(files.GetByText("both sides are equal")).ToBeVisibleAsync();
        await AskForAsync("Switch", "Writers of files wait");
        await StandsAsync("switched", "Switched", "hdms_files");
        await Expect(files.Locator(".move-figures")).ToContainTextAsync(Visitor.Like(@"Writers waited\s+[\d,]+ ms"));
        await AskForAsync("Reverse", "with all that was written since");
        await StandsAsync("in_sync", "Compared", "hdms_db");
        await AskForAsync("Switch", "The last time they waited");
        await StandsAsync("switched", "Switched", "hdms_files");
        await AskForAsync("Complete", "can't be reversed");
        await StandsAsync("none", "Completed", "hdms_files");
        await admin.Page.ReloadAsync();
        await Expect(admin.Page.Locator("#phase")).ToHaveTextAsync("Some services have a database of their own");
        admin.Faults.ShouldBeEmpty();

        async Task AskForAsync(string verb, string means)
        {
            var asked = files.Locator("details.asked", new() { Has = admin.Page.Locator("summary", new() { HasTextRegex = Visitor.Like($@"^\s*{verb}\s*$") }) });
            await asked.Locator("summary").ClickAsync();
            await Expect(asked.Locator("p")).ToContainTextAsync(means, new() { IgnoreCase = true });
            await asked.Locator("button[type=submit]").ClickAsync();
        }

        async Task StandsAsync(string state, string step, string home)
        {
            // A copy, and the backup before it, take their time on a busy machine.
            await Expect(files).ToHaveAttributeAsync("data-state", state, new() { Timeout = 120_000 });
            await Expect(files.Locator("[aria-current=step]")).ToHaveTextAsync(step, new() { Timeout = 120_000 });
            await Expect(files.Locator("h3 code")).ToHaveTextAsync(home);
            await Expect(files.Locator("[role=status]")).Not.ToContainTextAsync("since", new() { Timeout = 120_000 });
        }
    }
}
