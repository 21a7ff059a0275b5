using System.Text.RegularExpressions;
using Hdms.Contracts;
using static Microsoft.Playwright.Assertions;

namespace Hdms.Web.Tests;

/// <summary>A ticket from its first word to its end, in the hands of four people, each with a browser.</summary>
public sealed partial class LifeOfATicketTests(HelpDesk desk)
{
    [Fact]
    public async Task A_ticket_is_raised_reviewed_worked_on_sent_back_by_an_approver_resolved_confirmed_and_closed()
    {
        var title = Tickets.Title("New lamps for the projector");
        await using var requester = await desk.Site.SignedInAsync(People.Requester);
        await using var moderator = await desk.Site.SignedInAsync(People.Moderator);
        await using var head = await desk.Site.SignedInAsync(People.HeadOfFinance);
        await using var approver = await desk.Site.SignedInAsync(People.Approver);

        // Raised, by way of a draft that saves itself.
        await requester.GoAsync("/home");
        await requester.Link("Something else").ClickAsync();
        await requester.Page.GetByLabel("What is it about?").FillAsync(title);
        await Expect(requester.Page.Locator("#saved")).ToHaveTextAsync(Visitor.Like(@"^Saved \d\d:\d\d, expires "));
        await requester.Page.ReloadAsync();
        await Expect(requester.Page.GetByLabel("What is it about?")).ToHaveValueAsync(title);
        await requester.Page.GetByLabel("What happens, and what should happen?").FillAsync("All slides look like a meadow.");
        await requester.Page.GetByLabel("Category").SelectOptionAsync("Budget");
        await Expect(requester.Page.Locator("#department option:checked")).ToHaveTextAsync(People.Finance);
        await requester.Button("Submit").ClickAsync();
        await Expect(requester.Flash).ToContainTextAsync("a moderator will look at it");
        await Expect(requester.Page.Locator("#head h1")).ToHaveTextAsync(title);
        await requester.SeesAsync("Pending");
        var number = NumberIn().Match(requester.Page.Url).Value;
        await requester.SayAsync("It is in the big room.");

        // Reviewed and assigned; once too early.
        await moderator.GoAsync("/board?tab=new");
        await moderator.Page.Locator($"tr[data-row='{number}'] a.row-title").ClickAsync();
        await Expect(moderator.Messages).ToHaveTextAsync(["It is in the big room."]);
        await moderator.ActAsync("Take up for review");
        await moderator.SeesAsync("Under review");
        await moderator.ActAsync("Review and assign");
        await moderator.Dialog.GetByRole(AriaRole.Radio, new() { NameRegex = Visitor.Like($"^{People.Finance}") }).CheckAsync();
        await moderator.SendAsync();
        await Expect(moderator.Flash).ToHaveTextAsync($"Assigned to {People.Finance} ({People.HeadOfFinanceName}).");
        await Expect(moderator.Page.Locator(".undo")).ToContainTextAsync($"Assigned to {People.Finance}.");
        await Expect(moderator.Page.Locator(".undo [data-countdown]")).ToHaveTextAsync(Visitor.Like(@"^14:\d\d$"));
        await moderator.Button("Undo").ClickAsync();
        await moderator.SeesAsync("Under review");
        await Expect(moderator.Page.Locator(".undo")).ToHaveCountAsync(0);
        await moderator.ActAsync("Review and assign");
        await moderator.SendAsync();
        await moderator.SeesAsync("Assigned");

        // Worked on.
        await head.GoAsync($"/tickets/{number}");
        await head.ActAsync("Acknowledge");
        await Expect(head.Flash).ToHaveTextAsync("Acknowledged.");
        await head.ActAsync("Start work");
        await head.SeesAsync("In progress");
        await head.ActAsync("Report progress");
        await head.Dialog.GetByLabel("Done so far").FillAsync("40");
        await Expect(head.Dialog.Locator("output")).ToHaveTextAsync("40 %");
        await head.SendAsync();
        await Expect(head.Page.Locator("#facts .progress-line")).ToContainTextAsync("40 %");
        await head.ActAsync("Request approval");
        await head.Dialog.GetByLabel(People.ApproverName).CheckAsync();
        await head.Dialog.GetByLabel("What it is about (optional)").FillAsync("A new lamp.");
        await head.SendAsync();
        await head.SeesAsync("Waiting for approval");

        // Sent back by the approver.
        await approver.GoAsync($"/approvals?open={number}");
        await Expect(approver.Page.Locator(".board-open h2")).ToHaveTextAsync(title);
        await Expect(approver.Page.Locator(".board-open")).ToContainTextAsync("A new lamp.");
        await approver.ActAsync("Request changes");
        await approver.Dialog.GetByLabel("Reason").FillAsync("Is there a cheaper one?");
        await approver.SendAsync();
        await Expect(approver.Flash).ToHaveTextAsync("Changes requested.");

        // Resolved.
        await head.SeesAsync("In progress");
        await Expect(head.Page.Locator(".approvals")).ToContainTextAsync("Is there a cheaper one?");
        await head.ActAsync("Complete");
        await head.Dialog.GetByLabel("What was done").FillAsync("The lamp is new.");
        await head.SendAsync();
        await head.SeesAsync("Resolved");

        // Confirmed, and closed.
        await requester.GoAsync("/home");
        await requester.Page.Locator("#waiting").GetByRole(AriaRole.Link, new() { Name = title }).ClickAsync();
        await Expect(requester.Page.Locator("#facts")).ToContainTextAsync("The lamp is new.");
        await requester.ActAsync("Confirm");
        await requester.Dialog.GetByRole(AriaRole.Radio, new() { Name = "5" }).CheckAsync();
        await requester.Dialog.GetByLabel("A line about it (optional)").FillAsync("White again.");
        await requester.SendAsync();
        await Expect(requester.Page.Locator("#facts")).ToContainTextAsync("5 of 5 White again.");
        await moderator.GoAsync($"/tickets/{number}");
        await moderator.ActAsync("Close");
        await moderator.SendAsync();
        await moderator.SeesAsync("Closed");
        await requester.SeesAsync("Closed");
        await Expect(requester.Page.Locator(".ticket-actions .btn-primary")).ToHaveTextAsync("Ask to reopen");
        await Expect(requester.Page.Locator(".closed-chat")).ToContainTextAsync("reopen it with the button above");

        await moderator.GoAsync($"/tickets/{number}?show=timeline");
        await Expect(moderator.Page.Locator(".timeline li").First).ToBeVisibleAsync();
        foreach (var visitor in new[] { requester, moderator, head, approver })
            visitor.Faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_moderator_postpones_with_a_reason_that_the_requester_reads_and_restarts()
    {
        var ticket = await desk.Site.AssignedAsync();
        await using var moderator = await desk.Site.SignedInAsync(People.Moderator);
        await moderator.GoAsync($"/tickets/{ticket.Number}");

        await moderator.ActAsync("Postpone");
        await moderator.Dialog.GetByLabel("Reason").FillAsync("Until the lamps come.");
        await moderator.SendAsync();
        await moderator.SeesAsync("Postponed");

        await using var requester = await desk.Site.SignedInAsync(People.Requester);
        await requester.GoAsync($"/tickets/{ticket.Number}");
        await Expect(requester.Page.Locator("#facts")).ToContainTextAsync("Until the lamps come.");
        await moderator.ActAsync("Restart");
        await moderator.SeesAsync("Assigned");
    }

    [Fact]
    public async Task An_approver_decides_one_after_the_other_and_rejects_only_with_a_reason()
    {
        var (first, second) = (await desk.Site.WaitingForApprovalAsync(People.Ceo), await desk.Site.WaitingForApprovalAsync(People.Ceo));
        await using var approver = await desk.Site.SignedInAsync(People.Ceo);
        await approver.GoAsync($"/approvals?open={first.Number}");
        await approver.ActAsync("Approve");
        await approver.SendAsync();
        await Expect(approver.Flash).ToHaveTextAsync("Approved.");
        await Expect(approver.Page.Locator("#waiting")).Not.ToContainTextAsync(first.Title);

        await approver.Page.Locator("#waiting").GetByRole(AriaRole.Link, new() { Name = second.Title }).ClickAsync();
        await Expect(approver.Page.Locator(".board-open h2")).ToHaveTextAsync(second.Title);
        await approver.ActAsync("Reject");
        await approver.SendAsync();
        await Expect(approver.Dialog.GetByLabel("Reason")).ToBeFocusedAsync();
        await Expect(approver.Dialog).ToBeVisibleAsync();

        await approver.Dialog.GetByLabel("Reason").FillAsync("Too dear.");
        await approver.SendAsync();
        await Expect(approver.Flash).ToHaveTextAsync("Rejected.");
        await Expect(approver.Page.Locator("tr").Filter(new() { HasText = second.Title })).ToContainTextAsync("Too dear.");
        await approver.GoAsync($"/tickets/{second.Number}");
        await approver.SeesAsync("Rejected");
    }

    [Fact]
    public async Task A_head_finds_new_work_in_the_departments_list_and_what_was_done_leaves_it()
    {
        var ticket = await desk.Site.AssignedAsync();
        await using var head = await desk.Site.SignedInAsync(People.HeadOfIt);
        await head.FollowAsync("/board");
        var row = head.Page.Locator($"tr[data-row='{ticket.Number}']");

        await row.Locator("a.row-title").ClickAsync();
        await head.ActAsync("Acknowledge");

        await Expect(row).ToHaveCountAsync(0);
        await head.Page.Locator("#board-tabs").GetByRole(AriaRole.Link, new() { NameRegex = Visitor.Like("^To start") }).ClickAsync();
        await Expect(row).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task What_was_not_solved_goes_back_to_work_with_what_is_still_wrong()
    {
        var ticket = await desk.Site.InProgressAsync();
        await desk.Site.ActAsync(People.HeadOfIt, ticket, "complete", new CompleteTicketRequest("Done."));
        await using var requester = await desk.Site.SignedInAsync(People.Requester);
        await requester.GoAsync($"/tickets/{ticket.Number}");

        await requester.ActAsync("Not solved");
        await requester.Dialog.GetByLabel("Reason").FillAsync("Now it is red.");
        await requester.SendAsync();

        await requester.SeesAsync("In progress");
    }

    [GeneratedRegex(@"HD-\d+-\d+", RegexOptions.None, 1000)]
    private static partial Regex NumberIn();
}
