using static Microsoft.Playwright.Assertions;

namespace Hdms.Web.Tests;

/// <summary>Without a mouse.</summary>
public sealed class KeyboardTests(HelpDesk desk)
{
    [Fact]
    public async Task Lines_are_walked_with_j_and_k_opened_with_Enter_and_closed_with_Esc()
    {
        await using var moderator = await desk.Site.SignedInAsync(People.Moderator);
        await moderator.GoAsync("/board?tab=open");
        var rows = moderator.Page.Locator("[data-rows] tbody tr");

        await moderator.Page.Keyboard.PressAsync("j");
        await moderator.Page.Keyboard.PressAsync("j");
        await Expect(rows.Nth(1)).ToContainClassAsync("current");
        await Expect(rows.Nth(1).Locator("a.row-title")).ToBeFocusedAsync();
        await moderator.Page.Keyboard.PressAsync("k");
        await Expect(rows.First).ToContainClassAsync("current");
        var number = await rows.First.GetAttributeAsync("data-row");

        await moderator.Page.Keyboard.PressAsync("Enter");
        await Expect(moderator.Page.Locator(".board-open [data-number]")).ToHaveAttributeAsync("data-number", number!);

        await moderator.Page.Keyboard.PressAsync("Escape");
        await Expect(moderator.Page.Locator(".board-open")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_line_is_selected_with_x_and_the_bar_says_how_many()
    {
        await using var moderator = await desk.Site.SignedInAsync(People.Moderator);
        await moderator.GoAsync("/board?tab=open");

        await moderator.Page.Keyboard.PressAsync("j");
        await moderator.Page.Keyboard.PressAsync("x");
        await moderator.Page.Keyboard.PressAsync("j");
        await moderator.Page.Keyboard.PressAsync("x");

        await Expect(moderator.Page.Locator("[data-bulk-count]")).ToHaveTextAsync("2 selected");
    }

    [Fact]
    public async Task A_ticket_is_assigned_with_the_keyboard_alone()
    {
        var ticket = await desk.Site.SubmittedAsync();
        await desk.Site.ActAsync(People.Moderator, ticket, "review");
        await using var moderator = await desk.Site.SignedInAsync(People.Moderator);
        await moderator.GoAsync($"/tickets/{ticket.Number}");
        var keyboard = moderator.Page.Keyboard;

        await keyboard.PressAsync("a");
        await Expect(moderator.Dialog).ToBeVisibleAsync();
        await Expect(moderator.Dialog.Locator(":focus")).ToHaveCountAsync(1);
        await keyboard.PressAsync("Escape");
        await Expect(moderator.Dialog).ToBeHiddenAsync();
        // A browser takes the focus away from what is hidden a moment later.
        await Expect(moderator.Dialog.Locator(":focus")).ToHaveCountAsync(0);
        await moderator.SeesAsync("Under review");

        await keyboard.PressAsync("a");
        await Expect(moderator.Dialog).ToBeVisibleAsync();
        var send = moderator.Dialog.Locator("button[type=submit]");
        for (var i = 0; i < 40 && !await send.EvaluateAsync<bool>("e => e === document.activeElement"); i++)
            await keyboard.PressAsync("Tab");
        await keyboard.PressAsync("Enter");
        await moderator.SeesAsync("Assigned");

        await keyboard.PressAsync("z");
        await moderator.SeesAsync("Under review");
    }

    [Fact]
    public async Task Slash_finds_r_writes_and_letters_inside_a_field_are_only_letters()
    {
        var ticket = await desk.Site.SubmittedAsync();
        await using var requester = await desk.Site.SignedInAsync(People.Requester);
        await requester.GoAsync($"/tickets/{ticket.Number}");
        var keyboard = requester.Page.Keyboard;

        await keyboard.PressAsync("r");
        await Expect(requester.Composer).ToBeFocusedAsync();
        await keyboard.TypeAsync("naj?/gq");
        await Expect(requester.Composer).ToHaveValueAsync("naj?/gq");
        await Expect(requester.Page.Locator("dialog[open]")).ToHaveCountAsync(0);
        await keyboard.PressAsync("Escape");
        await Expect(requester.Composer).Not.ToBeFocusedAsync();

        await keyboard.PressAsync("/");
        var search = requester.Page.GetByRole(AriaRole.Searchbox, new() { Name = "Search" });
        await Expect(search).ToBeFocusedAsync();
        await Expect(search).ToHaveValueAsync("");
        await keyboard.TypeAsync(ticket.Title[^8..]);
        await keyboard.PressAsync("Enter");
        await Expect(requester.Page.Locator(".hits")).ToContainTextAsync(ticket.Title);
    }

    [Fact]
    public async Task The_help_lists_the_keys_g_leads_places_and_keys_can_be_switched_off()
    {
        await using var moderator = await desk.Site.SignedInAsync(People.Moderator);
        await moderator.GoAsync("/requests");
        var keyboard = moderator.Page.Keyboard;
        var help = moderator.Page.Locator("#keys");

        await keyboard.PressAsync("g");
        await keyboard.PressAsync("q");
        await Expect(moderator.Page.Locator("[data-board]")).ToHaveCountAsync(1);

        await keyboard.PressAsync("?");
        await Expect(help).ToBeVisibleAsync();
        await help.GetByLabel("Keys of one letter are off").CheckAsync();
        await keyboard.PressAsync("Escape");
        await Expect(help).ToBeHiddenAsync();
        await keyboard.PressAsync("?");
        await keyboard.PressAsync("j");
        await Expect(help).ToBeHiddenAsync();
        await Expect(moderator.Page.Locator("tr.current")).ToHaveCountAsync(0);

        await moderator.Page.ReloadAsync();
        await keyboard.PressAsync("j");
        await Expect(moderator.Page.Locator("tr.current")).ToHaveCountAsync(0);
        await moderator.AccountMenu.ClickAsync();
        await moderator.Page.Locator("[data-help]").ClickAsync();
        await Expect(help.GetByLabel("Keys of one letter are off")).ToBeCheckedAsync();
        await help.GetByLabel("Keys of one letter are off").UncheckAsync();
        await keyboard.PressAsync("Escape");
        await keyboard.PressAsync("j");
        await Expect(moderator.Page.Locator("tr.current")).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task Commands_are_found_by_their_name()
    {
        var ticket = await desk.Site.SubmittedAsync();
        await using var moderator = await desk.Site.SignedInAsync(People.Moderator);
        await moderator.GoAsync($"/tickets/{ticket.Number}");

        await moderator.Page.Keyboard.PressAsync("Control+k");
        await moderator.Page.Keyboard.TypeAsync("take up");
        await moderator.Page.Keyboard.PressAsync("Enter");

        await moderator.SeesAsync("Under review");
    }

    [Fact]
    public async Task The_first_Tab_leads_to_the_content()
    {
        await using var requester = await desk.Site.SignedInAsync(People.Requester);
        await requester.GoAsync("/home");

        await requester.Page.Keyboard.PressAsync("Tab");
        await Expect(requester.Link("To the content")).ToBeFocusedAsync();
        await requester.Page.Keyboard.PressAsync("Enter");
        await Expect(requester.Page.Locator("#main")).ToBeFocusedAsync();
    }
}
