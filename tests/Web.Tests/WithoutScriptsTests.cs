using Hdms.Users.Demo;
using static Microsoft.Playwright.Assertions;

namespace Hdms.Web.Tests;

/// <summary>A browser that runs no scripts, or has not loaded them.</summary>
public sealed class WithoutScriptsTests(HelpDesk desk)
{
    static readonly Action<BrowserNewContextOptions> WithoutScripts = options => options.JavaScriptEnabled = false;

    [Fact]
    public async Task A_ticket_is_raised_reviewed_assigned_completed_and_confirmed_by_forms_alone()
    {
        var title = Tickets.Title();
        await using var requester = await desk.Site.NobodyAsync(WithoutScripts);
        await requester.GoAsync("/tickets/new");
        await requester.Page.GetByLabel("Employee code").FillAsync(People.Requester);
        await requester.Page.GetByLabel("Password").FillAsync(DemoOrganisation.Password);
        await requester.Button("Sign in").ClickAsync();

        await requester.Page.GetByLabel("What is it about?").FillAsync(title);
        await requester.Page.GetByLabel("What happens, and what should happen?").FillAsync("All slides look like a meadow.");
        await requester.Page.GetByLabel("Category").SelectOptionAsync("Hardware");
        await requester.Page.GetByLabel("Department").SelectOptionAsync("IT");
        await requester.Button("Submit").ClickAsync();
        await Expect(requester.Status).ToHaveTextAsync(Visitor.Like("Submitted|Pending"));
        var ticket = new Uri(requester.Page.Url).AbsolutePath;
        await requester.Composer.FillAsync("It is in the big room.");
        await requester.Button("Send").ClickAsync();
        await Expect(requester.Messages).ToHaveTextAsync(["It is in the big room."]);

        await using var moderator = await desk.Site.SignedInAsync(People.Moderator, WithoutScripts);
        await moderator.GoAsync("/board?tab=new&sort=-created_at");
        await moderator.Link(title).ClickAsync();
        await moderator.Button("Take up for review").ClickAsync();
        await moderator.SeesAsync("Under review");
        await moderator.Link("Review and assign").ClickAsync();
        await moderator.Page.GetByRole(AriaRole.Radio, new() { NameRegex = Visitor.Like("^IT IT") }).CheckAsync();
        await moderator.Button("Review and assign").ClickAsync();
        await Expect(moderator.Flash).ToHaveTextAsync($"Assigned to IT ({People.HeadOfItName}).");
        await moderator.SeesAsync("Assigned");

        await using var head = await desk.Site.SignedInAsync(People.HeadOfIt, WithoutScripts);
        await head.GoAsync(ticket);
        await head.Button("Start work").ClickAsync();
        await head.SeesAsync("In progress");
        await head.Link("Complete").ClickAsync();
        await head.Page.GetByLabel("What was done").FillAsync("The lamp is new.");
        await head.Button("Complete").ClickAsync();
        await head.SeesAsync("Resolved");

        await requester.GoAsync(ticket);
        await requester.Link("Confirm").ClickAsync();
        await requester.Page.GetByRole(AriaRole.Radio, new() { Name = "4" }).CheckAsync();
        await requester.Button("Confirm").ClickAsync();
        await Expect(requester.Page.Locator("#facts")).ToContainTextAsync("4 of 5");
    }

    [Fact]
    public async Task A_refused_form_comes_back_as_a_page_with_what_was_typed_and_what_is_wrong()
    {
        var ticket = await desk.Site.SubmittedAsync();
        await using var moderator = await desk.Site.SignedInAsync(People.Moderator, WithoutScripts);
        await moderator.GoAsync($"/tickets/{ticket.Number}/act/reject");

        await moderator.Page.GetByLabel("Reason").FillAsync("Seen before.");
        await moderator.Page.GetByLabel("Duplicate of (number)").FillAsync("HD-1999-000001");
        await moderator.Button("Reject").ClickAsync();

        await Expect(moderator.Page.Locator(".field-error")).ToHaveTextAsync("There is no ticket of this number that you may see.");
        await Expect(moderator.Page.GetByLabel("Reason")).ToHaveValueAsync("Seen before.");
        await Expect(moderator.Page.GetByLabel("Duplicate of (number)")).ToHaveValueAsync("HD-1999-000001");
    }
}
