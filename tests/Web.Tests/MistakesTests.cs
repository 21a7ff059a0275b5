using Hdms.Contracts;
using Hdms.Testing;
using Hdms.Users.Demo;
using static Microsoft.Playwright.Assertions;

namespace Hdms.Web.Tests;

/// <summary>What is typed wrongly, pressed twice or comes too late.</summary>
public sealed class MistakesTests(HelpDesk desk)
{
    [Fact]
    public async Task A_ticket_without_a_title_is_refused_beside_the_title_and_the_rest_stays_typed()
    {
        await using var requester = await desk.Site.SignedInAsync(People.Requester);
        await requester.GoAsync("/tickets/new");
        await requester.Page.GetByLabel("What is it about?").FillAsync("   ");
        await requester.Page.GetByLabel("What happens, and what should happen?").FillAsync("All slides look like a meadow.");
        await requester.Page.GetByLabel("High").CheckAsync();
        await requester.Button("Submit").ClickAsync();

        await Expect(requester.Page.Locator("#error-title")).ToHaveTextAsync("Say in a few words what it is about.");
        await Expect(requester.Page.Locator("#title")).ToHaveAttributeAsync("aria-describedby", "error-title");
        await Expect(requester.Page.Locator("#description")).ToHaveValueAsync("All slides look like a meadow.");
        await Expect(requester.Page.GetByLabel("High")).ToBeCheckedAsync();
    }

    [Fact]
    public async Task A_ticket_that_is_not_whole_is_kept_as_a_draft_and_says_what_is_missing()
    {
        var title = Tickets.Title();
        await using var requester = await desk.Site.SignedInAsync(People.Requester);
        await requester.GoAsync("/tickets/new");
        await requester.Page.GetByLabel("What is it about?").FillAsync(title);
        await requester.Button("Submit").ClickAsync();

        await Expect(requester.Page.Locator(".field-error").First).ToBeVisibleAsync();
        await Expect(requester.Page.Locator("#title")).ToHaveValueAsync(title);
        await requester.GoAsync("/home");
        await requester.Link(title).ClickAsync();
        await requester.Button("Discard").ClickAsync();
        await Expect(requester.Flash).ToHaveTextAsync("Draft discarded.");
        await Expect(requester.Link(title)).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_wrong_field_in_a_dialog_is_said_beside_it_and_the_others_stay()
    {
        var ticket = await desk.Site.SubmittedAsync();
        await using var moderator = await desk.Site.SignedInAsync(People.Moderator);
        await moderator.GoAsync($"/tickets/{ticket.Number}");
        await moderator.ActAsync("Reject");
        await moderator.Dialog.GetByLabel("Reason").FillAsync("Seen before.");
        await moderator.Dialog.GetByLabel("Duplicate of (number)").FillAsync("HD-1999-000001");
        await moderator.SendAsync();

        await Expect(moderator.Dialog.Locator(".field-error")).ToHaveTextAsync("There is no ticket of this number that you may see.");
        await Expect(moderator.Dialog.GetByLabel("Duplicate of (number)")).ToBeFocusedAsync();
        await Expect(moderator.Dialog.GetByLabel("Reason")).ToHaveValueAsync("Seen before.");
    }

    [Fact]
    public async Task A_wrong_password_is_said_and_the_code_stays()
    {
        await using var somebody = await desk.Site.NobodyAsync();
        await somebody.GoAsync("/sign-in");
        await somebody.Page.GetByLabel("Employee code").FillAsync("NOBODY-1");
        await somebody.Page.GetByLabel("Password").FillAsync("wrong");
        await somebody.Button("Sign in").ClickAsync();

        await Expect(somebody.Page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("Employee code or password is wrong.");
        await Expect(somebody.Page.GetByLabel("Employee code")).ToHaveValueAsync("NOBODY-1");
    }

    [Fact]
    public async Task Whoever_has_to_sign_in_again_comes_back_to_where_they_were()
    {
        var ticket = await desk.Site.SubmittedAsync();
        await using var requester = await desk.Site.SignedInAsync(People.Requester);
        var path = $"/tickets/{ticket.Number}?show=files";
        await requester.GoAsync(path);
        foreach (var forged in new[] { false, true })
        {
            await requester.Page.Context.ClearCookiesAsync();
            if (forged)
            {
                await requester.Page.Context.AddCookiesAsync(
                    [.. new[] { "hdms_access", "hdms_refresh", "hdms_who" }.Select(name => new Cookie { Name = name, Value = "e30.eyJleHAiOjF9.x", Url = desk.Site.Address.ToString() })]);
            }

            await requester.GoAsync(path);
            await Expect(requester.Page.GetByLabel("Employee code")).ToBeVisibleAsync();
            await requester.Page.GetByLabel("Employee code").FillAsync(People.Requester);
            await requester.Page.GetByLabel("Password").FillAsync(DemoOrganisation.Password);
            await requester.Button("Sign in").ClickAsync();
            await Expect(requester.Page.Locator("#head h1")).ToHaveTextAsync(ticket.Title);
            requester.Page.Url.ShouldEndWith(path);
        }
    }

    [Fact]
    public async Task A_message_that_is_sent_after_the_session_has_ended_is_not_lost()
    {
        var ticket = await desk.Site.SubmittedAsync();
        await using var requester = await desk.Site.SignedInAsync(People.Requester);
        await requester.FollowAsync($"/tickets/{ticket.Number}");
        await requester.Composer.FillAsync("Do not lose me.");
        await requester.Page.Context.ClearCookiesAsync();

        await requester.Composer.PressAsync("Enter");
        await SignInAgainAsync(requester.Page);

        await Expect(requester.Page.Locator("#head h1")).ToHaveTextAsync(ticket.Title);
        await Expect(requester.Composer).ToHaveValueAsync("Do not lose me.");
    }

    [Fact]
    public async Task News_that_come_after_the_session_has_ended_leave_alone_what_is_being_written()
    {
        var ticket = await desk.Site.SubmittedAsync();
        await using var requester = await desk.Site.SignedInAsync(People.Requester);
        await requester.FollowAsync($"/tickets/{ticket.Number}");
        await requester.Composer.FillAsync("Half a sen");
        await requester.Page.Context.ClearCookiesAsync();

        await desk.Site.SayAsync(People.Moderator, ticket, "Which room?");

        await Expect(requester.Page.GetByText("Your session has ended.")).ToBeVisibleAsync();
        await Expect(requester.Composer).ToHaveValueAsync("Half a sen");
    }

    [Fact]
    public async Task A_dialog_that_is_sent_after_the_session_has_ended_keeps_its_text_and_goes_through_after_signing_in_beside_it()
    {
        var ticket = await desk.Site.SubmittedAsync();
        await using var moderator = await desk.Site.SignedInAsync(People.Moderator);
        await moderator.FollowAsync($"/tickets/{ticket.Number}");
        await moderator.ActAsync("Reject");
        await moderator.Dialog.GetByLabel("Reason").FillAsync("Not ours.");
        await moderator.Page.Context.ClearCookiesAsync();
        await moderator.SendAsync();
        await Expect(moderator.Dialog.GetByRole(AriaRole.Alert)).ToContainTextAsync("Your session has ended");

        var beside = await moderator.Page.Context.NewPageAsync();
        await beside.GotoAsync("/sign-in");
        await SignInAgainAsync(beside, People.Moderator);
        await Expect(beside.Locator("body.app")).ToBeVisibleAsync();
        await moderator.SendAsync();

        await moderator.SeesAsync("Rejected");
    }

    [Fact]
    public async Task What_is_pressed_twice_is_done_once()
    {
        var title = Tickets.Title();
        await using var requester = await desk.Site.SignedInAsync(People.Requester);
        await requester.GoAsync("/tickets/new");
        await requester.Page.GetByLabel("What is it about?").FillAsync(title);
        await requester.Page.GetByLabel("What happens, and what should happen?").FillAsync("All slides look like a meadow.");
        await requester.Page.GetByLabel("Category").SelectOptionAsync("Hardware");
        await requester.Button("Submit").DblClickAsync();
        await Expect(requester.Page.Locator("#head h1")).ToHaveTextAsync(title);

        await requester.Composer.FillAsync("Only once.");
        await requester.Button("Send").DblClickAsync();
        await Expect(requester.Messages).ToHaveTextAsync(["Only once."]);
        await requester.Page.ReloadAsync();
        await Expect(requester.Messages).ToHaveTextAsync(["Only once."]);

        var mine = (await (await desk.Site.ApiAsync(People.Requester)).ReadAsync<Paged<TicketView>>("/api/v1/tickets?requester_id=me&limit=100&sort=-created_at")).Data;
        mine.Count(t => t.Title == title).ShouldBe(1);
    }

    [Fact]
    public async Task What_is_half_written_outlives_a_reload()
    {
        var ticket = await desk.Site.SubmittedAsync();
        await using var requester = await desk.Site.SignedInAsync(People.Requester);
        await requester.GoAsync($"/tickets/{ticket.Number}");
        await requester.Composer.FillAsync("Half a thought");
        await requester.Page.ReloadAsync();
        await Expect(requester.Composer).ToHaveValueAsync("Half a thought");
    }

    [Fact]
    public async Task What_is_written_without_a_connection_is_kept_and_sent_once()
    {
        var ticket = await desk.Site.SubmittedAsync();
        await using var requester = await desk.Site.SignedInAsync(People.Requester);
        await requester.FollowAsync($"/tickets/{ticket.Number}");

        await requester.Page.Context.SetOfflineAsync(true);
        await Expect(requester.Page.Locator("#offline")).ToBeVisibleAsync();
        await requester.Composer.FillAsync("From the lift.");
        await requester.Composer.PressAsync("Enter");
        await Expect(requester.Page.Locator(".message.pending")).ToContainTextAsync("From the lift.");

        await requester.Page.Context.SetOfflineAsync(false);
        await Expect(requester.Page.Locator(".message.pending")).ToHaveCountAsync(0);
        await Expect(requester.Messages).ToHaveTextAsync(["From the lift."]);
        await Expect(requester.Page.Locator("#offline")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task Names_are_suggested_while_they_are_typed()
    {
        var ticket = await desk.Site.SubmittedAsync();
        await using var moderator = await desk.Site.SignedInAsync(People.Moderator);
        await moderator.GoAsync($"/tickets/{ticket.Number}");
        await moderator.Page.GetByText("Add somebody").ClickAsync();
        await moderator.Page.GetByLabel("Name or employee code").PressSequentiallyAsync("Shahz");
        await Expect(moderator.Page.Locator("#everybody option")).ToHaveCountAsync(1);

        await moderator.Page.GetByLabel("Name or employee code").FillAsync(await moderator.Page.Locator("#everybody option").GetAttributeAsync("value") ?? "");
        await moderator.Button("Add").ClickAsync();
        await Expect(moderator.Flash).ToHaveTextAsync($"{People.WatcherName} takes part now.");
    }

    static async Task SignInAgainAsync(IPage page, string person = People.Requester)
    {
        await page.GetByLabel("Employee code").FillAsync(person);
        await page.GetByLabel("Password").FillAsync(DemoOrganisation.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
    }
}
