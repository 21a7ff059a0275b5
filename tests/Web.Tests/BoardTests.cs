using Hdms.Contracts;
using Hdms.Testing;
using static Microsoft.Playwright.Assertions;

namespace Hdms.Web.Tests;

/// <summary>The lists that people work from, and what they do from them.</summary>
public sealed class BoardTests(HelpDesk desk)
{
    static readonly Action<BrowserNewContextOptions> WithoutScripts = options => options.JavaScriptEnabled = false;

    [Fact]
    public async Task Columns_are_in_the_address_and_kept_with_a_view()
    {
        var name = Tickets.Title("Who has what");
        await using var moderator = await desk.Site.SignedInAsync(People.OtherModerator);
        await moderator.GoAsync("/board?tab=open&priority=high");
        await ChooseAsync(moderator, ["Age", "Due"], ["Head"], "Show these here");
        await Expect(Columns(moderator)).ToHaveTextAsync(["Ticket", "Head", "Priority", "Status"]);
        moderator.Page.Url.ShouldContain("columns=head");
        moderator.Page.Url.ShouldContain("priority=high");

        await moderator.Page.GetByLabel("Name of the view").FillAsync(name);
        await moderator.Button("Keep").ClickAsync();
        await Expect(moderator.Flash).ToHaveTextAsync("View kept.");
        await moderator.GoAsync("/board?tab=open");
        await Expect(Columns(moderator)).ToHaveTextAsync(["Ticket", "Priority", "Status", "Due", "Age"]);
        await moderator.Link(name).ClickAsync();
        await Expect(Columns(moderator)).ToHaveTextAsync(["Ticket", "Head", "Priority", "Status"]);
        await moderator.Button($"Remove the view {name}").ClickAsync();
        await Expect(moderator.Flash).ToHaveTextAsync("View removed.");
    }

    [Fact]
    public async Task Columns_that_somebody_keeps_are_those_of_all_their_lists_also_without_scripts()
    {
        await using var head = await desk.Site.SignedInAsync(People.HeadOfFinance, WithoutScripts);
        await head.GoAsync("/board?tab=all");
        await ChooseAsync(head, ["Status"], ["Requester", "Progress"], "Keep for all my lists");
        await head.GoAsync("/board?tab=done");
        await Expect(Columns(head)).ToHaveTextAsync(["Ticket", "Requester", "Priority", "Progress", "Due", "Age"]);
        await using var other = await desk.Site.SignedInAsync(People.HeadOfIt, WithoutScripts);
        await other.GoAsync("/board?tab=all");
        await Expect(Columns(other)).ToHaveTextAsync(["Ticket", "Priority", "Status", "Due", "Age"]);

        await ChooseAsync(head, ["Requester", "Priority", "Progress", "Due", "Age"], [], "Keep for all my lists");
        await Expect(Columns(head)).ToHaveTextAsync(["Ticket", "Priority", "Status", "Due", "Age"]);
    }

    [Fact]
    public async Task A_moderator_sees_in_the_list_who_looks_at_a_ticket()
    {
        var ticket = await desk.Site.SubmittedAsync();
        await using var requester = await desk.Site.SignedInAsync(People.Requester);
        await requester.FollowAsync($"/tickets/{ticket.Number}");
        await using var moderator = await desk.Site.SignedInAsync(People.Moderator);
        await moderator.FollowAsync($"/board?tab=new&q={ticket.Number}");
        await Expect(moderator.Page.Locator($"tr[data-row='{ticket.Number}'] .lookers")).ToContainTextAsync($"{People.RequesterName} is looking at this.");

        await using var other = await desk.Site.SignedInAsync(People.OtherModerator);
        await other.FollowAsync($"/tickets/{ticket.Number}");
        await Expect(requester.Page.Locator("#viewers")).ToHaveTextAsync($"Also here: {People.OtherModeratorName}");
        await Expect(moderator.Page.Locator($"tr[data-row='{ticket.Number}'] .lookers .avatar")).ToHaveCountAsync(2);
    }

    [Fact]
    public async Task Before_a_ticket_is_assigned_each_department_says_when_it_would_be_due_with_the_priority_that_is_chosen()
    {
        var ticket = await desk.Site.SubmittedAsync();
        await using var moderator = await desk.Site.SignedInAsync(People.Moderator);
        await moderator.GoAsync($"/tickets/{ticket.Number}");
        await moderator.ActAsync("Review and assign");
        var due = moderator.Dialog.Locator(".department", new() { HasText = People.Finance }).Locator("[data-due]:visible");
        var medium = await DueAsync();
        await moderator.Dialog.GetByRole(AriaRole.Radio, new() { Name = "Urgent" }).CheckAsync();
        var urgent = await DueAsync();
        urgent.ShouldBeLessThan(medium);

        await moderator.Dialog.GetByRole(AriaRole.Radio, new() { NameRegex = Visitor.Like($"^{People.Finance}") }).CheckAsync();
        await moderator.SendAsync();
        await moderator.SeesAsync("Assigned");
        var assigned = await (await desk.Site.ApiAsync(People.Moderator)).ReadAsync<TicketView>($"/api/v1/tickets/{ticket.Id}");
        assigned.Sla!.DueAt!.Value.ShouldBe(urgent, TimeSpan.FromMinutes(2));

        async Task<DateTimeOffset> DueAsync()
        {
            await Expect(due).ToHaveCountAsync(1);
            return DateTimeOffset.Parse((await due.Locator("time").GetAttributeAsync("datetime"))!, System.Globalization.CultureInfo.InvariantCulture);
        }
    }

    [Fact]
    public async Task The_title_is_changed_in_place()
    {
        var ticket = await desk.Site.SubmittedAsync();
        await using var moderator = await desk.Site.SignedInAsync(People.Moderator);
        await moderator.GoAsync($"/board?tab=new&q={ticket.Number}&open={ticket.Number}");
        await moderator.Page.Locator(".edit-title > summary").ClickAsync();
        await Expect(moderator.Page.GetByLabel("Title", new() { Exact = true })).ToBeFocusedAsync();
        await moderator.Page.Keyboard.TypeAsync("The projector shows blue");
        await moderator.Page.Keyboard.PressAsync("Enter");
        await Expect(moderator.Page.Locator("#head h1")).ToHaveTextAsync("The projector shows blue");
        new Uri(moderator.Page.Url).AbsolutePath.ShouldBe("/board");
    }

    [Theory]
    [InlineData("#ageing")]
    [InlineData("#by-status")]
    public async Task A_bar_of_the_dashboard_leads_to_as_many_tickets_as_it_counts(string of)
    {
        await using var admin = await desk.Site.SignedInAsync(People.Admin);
        await admin.GoAsync("/dashboard");
        var bar = admin.Page.Locator($"section:has({of}) .bars a").Nth(1);
        var count = int.Parse(await bar.Locator(".bars-count").InnerTextAsync(), System.Globalization.CultureInfo.InvariantCulture);
        await bar.ClickAsync();

        // Others raise and close tickets meanwhile, and figures are up to half a minute old.
        await Expect(admin.Page.Locator(".pager .quiet")).ToBeVisibleAsync();
        var listed = int.Parse((await admin.Page.Locator(".pager .quiet").InnerTextAsync()).Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
        listed.ShouldBeInRange(count - 20, count + 20);
        await admin.GoAsync("/board?tab=all");
        (await admin.Page.Locator(".pager .quiet").InnerTextAsync()).Split(' ')[0].ShouldNotBe($"{listed}");
    }

    static ILocator Columns(Visitor visitor) => visitor.Page.Locator("[data-rows] th:not(.c-check)");

    static async Task ChooseAsync(Visitor visitor, string[] without, string[] with, string then)
    {
        var choice = visitor.Page.Locator(".column-choice");
        await choice.Locator("summary").ClickAsync();
        foreach (var name in without)
            await choice.GetByRole(AriaRole.Checkbox, new() { Name = name, Exact = true }).UncheckAsync();
        foreach (var name in with)
            await choice.GetByRole(AriaRole.Checkbox, new() { Name = name, Exact = true }).CheckAsync();
        await choice.GetByRole(AriaRole.Button, new() { Name = then }).ClickAsync();
    }
}
