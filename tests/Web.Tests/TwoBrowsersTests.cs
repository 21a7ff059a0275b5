using static Microsoft.Playwright.Assertions;

namespace Hdms.Web.Tests;

/// <summary>Two people on one ticket at one time.</summary>
public sealed class TwoBrowsersTests(HelpDesk desk)
{
    [Fact]
    public async Task Each_sees_that_the_other_is_here_types_and_writes()
    {
        var ticket = await desk.Site.SubmittedAsync();
        await desk.Site.AddAsync(ticket, People.Watcher);
        await using var requester = await desk.Site.SignedInAsync(People.Requester);
        await using var watcher = await desk.Site.SignedInAsync(People.Watcher);
        await requester.FollowAsync($"/tickets/{ticket.Number}");
        await watcher.FollowAsync($"/tickets/{ticket.Number}");

        await Expect(requester.Page.Locator("#viewers")).ToHaveTextAsync($"Also here: {People.WatcherName}");
        await Expect(watcher.Page.Locator("#viewers")).ToHaveTextAsync($"Also here: {People.RequesterName}");

        await requester.Composer.PressSequentiallyAsync("Half a sen");
        await Expect(watcher.Page.Locator("#typing")).ToHaveTextAsync($"{People.RequesterName} is typing …");

        await watcher.Composer.FillAsync("I was about to say");
        await requester.SayAsync("A whole sentence.");
        await Expect(watcher.Messages).ToHaveTextAsync(["A whole sentence."]);
        await Expect(watcher.Page.Locator("#polite")).ToHaveTextAsync(Visitor.Like("[Nn]ew message"));
        await Expect(watcher.Composer).ToHaveValueAsync("I was about to say");
    }

    [Fact]
    public async Task Whoever_sends_a_form_about_a_ticket_that_has_changed_meanwhile_is_told_what_changed_and_can_send_it_again()
    {
        var ticket = await desk.Site.AssignedAsync();
        await using var moderator = await desk.Site.SignedInAsync(People.Moderator);
        await moderator.GoAsync($"/tickets/{ticket.Number}");
        await moderator.ActAsync("Postpone");
        await moderator.Dialog.GetByLabel("Reason").FillAsync("Until the lamps come.");

        await using var other = await desk.Site.SignedInAsync(People.OtherModerator);
        await other.GoAsync($"/tickets/{ticket.Number}");
        await other.ActAsync("Change priority");
        await other.Dialog.GetByRole(AriaRole.Radio, new() { Name = "Urgent" }).CheckAsync();
        await other.SendAsync();
        await Expect(other.Page.Locator("#head .priority")).ToHaveTextAsync("Urgent");

        await moderator.SendAsync();
        var alert = moderator.Dialog.GetByRole(AriaRole.Alert);
        await Expect(alert).ToContainTextAsync(People.OtherModeratorName);
        await Expect(alert).ToContainTextAsync("priority urgent");
        await Expect(moderator.Dialog.GetByLabel("Reason")).ToHaveValueAsync("Until the lamps come.");
        await moderator.SeesAsync("Assigned");

        await moderator.SendAsync();
        await moderator.SeesAsync("Postponed");
    }

    [Fact]
    public async Task What_one_does_to_a_ticket_is_seen_by_the_other_without_asking()
    {
        var ticket = await desk.Site.SubmittedAsync();
        await using var requester = await desk.Site.SignedInAsync(People.Requester);
        await requester.FollowAsync($"/tickets/{ticket.Number}");

        await desk.Site.ActAsync(People.Moderator, ticket, "confirm_review");

        await requester.SeesAsync("Assigned");
        await Expect(requester.Page.Locator("#facts")).ToContainTextAsync(People.HeadOfItName);
    }

    [Fact]
    public async Task A_list_shows_a_new_ticket_and_who_is_looking_at_it_by_itself()
    {
        await using var moderator = await desk.Site.SignedInAsync(People.Moderator);
        await moderator.FollowAsync("/board?tab=new&sort=-created_at");

        var ticket = await desk.Site.SubmittedAsync();

        await Expect(moderator.Page.Locator($"tr[data-row='{ticket.Number}']")).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task Whoever_is_removed_from_a_ticket_loses_its_open_page_at_once()
    {
        var ticket = await desk.Site.SubmittedAsync();
        await using var moderator = await desk.Site.SignedInAsync(People.Moderator);
        await moderator.GoAsync($"/tickets/{ticket.Number}");
        await moderator.Page.GetByText("Add somebody").ClickAsync();
        await moderator.Page.GetByLabel("Name or employee code").FillAsync(People.Watcher);
        await moderator.Button("Add").ClickAsync();
        await Expect(moderator.Flash).ToHaveTextAsync($"{People.WatcherName} takes part now.");

        await using var watcher = await desk.Site.SignedInAsync(People.Watcher);
        await watcher.FollowAsync($"/tickets/{ticket.Number}");
        await Expect(watcher.Page.Locator("#head h1")).ToHaveTextAsync(ticket.Title);

        await moderator.Button($"Remove {People.WatcherName}").ClickAsync();
        await Expect(moderator.Flash).ToContainTextAsync("closed to them");

        await Expect(watcher.Page.Locator("#head h1")).ToBeHiddenAsync(new() { Timeout = 3000 });
        await Expect(watcher.Page.Locator("h1")).ToHaveTextAsync("Not found");
        await Expect(watcher.Page.Locator("body")).Not.ToContainTextAsync(ticket.Title);
    }

    [Fact]
    public async Task A_moderator_who_joins_reads_what_was_said_and_files_are_beside_their_message()
    {
        var ticket = await desk.Site.SubmittedAsync();
        await using var requester = await desk.Site.SignedInAsync(People.Requester);
        await requester.GoAsync($"/tickets/{ticket.Number}");
        await requester.Page.Locator(".composer input[type=file]").SetInputFilesAsync(new FilePayload { Name = "meadow.txt", MimeType = "text/plain", Buffer = "All green."u8.ToArray() });
        await Expect(requester.Page.Locator(".composer-files")).ToHaveTextAsync("meadow.txt");
        await requester.SayAsync("See the file.");
        await Expect(requester.Page.Locator("#messages .file")).ToContainTextAsync("meadow.txt");

        await using var moderator = await desk.Site.SignedInAsync(People.Moderator);
        await moderator.GoAsync($"/tickets/{ticket.Number}?show=files");
        await Expect(moderator.Page.Locator("#files .file")).ToContainTextAsync("meadow.txt");
        var download = await moderator.Page.RunAndWaitForDownloadAsync(() => moderator.Page.Locator("#files .file a").ClickAsync());
        (await File.ReadAllTextAsync(await download.PathAsync(), TestContext.Current.CancellationToken)).ShouldBe("All green.");
    }
}
