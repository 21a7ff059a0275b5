using System.Net;
using Hdms.Contracts;
using Hdms.Kit.Problems;

namespace Hdms.Tickets.Tests.Approvals;

/// <summary>Finance asks, approvers decide, position by position.</summary>
public sealed class ApprovalTests(TicketsApi api) : IClassFixture<TicketsApi>
{
    const string Approvals = "/api/v1/approvals";

    World World => api.World;

    HttpClient Head => api.As(World.FinanceHead);

    HttpClient Moderator => api.As(World.Moderator);

    HttpClient First => api.As(World.Approver);

    HttpClient Second => api.As(World.OtherApprover);

    HttpClient Ceo => api.As(World.Ceo);

    [Fact]
    public async Task Positions_approve_one_after_the_other_and_the_last_one_resolves_the_ticket()
    {
        var ticket = await api.WaitingAsync(new ApprovalStep([World.Approver.Id]), new([World.OtherApprover.Id]), new([World.Ceo.Id]));
        ticket.PendingApprovers.ShouldBe([World.Approver.Id]);
        foreach (var early in new[] { Second, Ceo })
            await early.TryAsync(ticket.Id, "approve").ShouldBeAsync(Codes.Forbidden);

        (await First.ActAsync(ticket.Id, "approve", new ApproveTicketRequest("Fine."))).PendingApprovers.ShouldBe([World.OtherApprover.Id]);
        await First.TryAsync(ticket.Id, "approve").ShouldBeAsync(Codes.Forbidden);
        (await Second.ActAsync(ticket.Id, "approve")).Status.ShouldBe(TicketStatus.WaitingApproval);
        var resolved = await Ceo.ActAsync(ticket.Id, "approve");

        (resolved.Status, resolved.ProgressPercent).ShouldBe((TicketStatus.Resolved, 100));
        (await OfAsync(ticket.Id)).ShouldAllBe(a => a.Status == ApprovalStatus.Approved && a.DecidedBy!.Id == a.Approver.Id);
        (await api.EventsAsync(ticket.Id)).TakeLast(5).ShouldBe(["ticket.approval_requested.v1", "ticket.approved.v1", "ticket.approved.v1", "ticket.approved.v1", "ticket.resolved.v1"]);
    }

    [Fact]
    public async Task At_a_position_of_all_everybody_has_to_approve()
    {
        var ticket = await api.WaitingAsync(new ApprovalStep([World.Approver.Id, World.OtherApprover.Id], ApprovalRule.All));

        (await Second.ActAsync(ticket.Id, "approve")).PendingApprovers.ShouldBe([World.Approver.Id]);
        (await First.ActAsync(ticket.Id, "approve")).Status.ShouldBe(TicketStatus.Resolved);
    }

    [Fact]
    public async Task At_a_position_of_any_one_is_enough_and_the_others_need_not_decide()
    {
        var ticket = await api.WaitingAsync(new ApprovalStep([World.Approver.Id, World.OtherApprover.Id], ApprovalRule.Any), new([World.Ceo.Id]));

        (await Second.ActAsync(ticket.Id, "approve")).PendingApprovers.ShouldBe([World.Ceo.Id]);
        await First.TryAsync(ticket.Id, "approve").ShouldBeAsync(Codes.Forbidden);
        (await OfAsync(ticket.Id)).Select(a => (a.Approver.Id, a.Status)).ShouldBe(
            [(World.Approver.Id, ApprovalStatus.Cancelled), (World.OtherApprover.Id, ApprovalStatus.Approved), (World.Ceo.Id, ApprovalStatus.Pending)], ignoreOrder: true);
    }

    [Fact]
    public async Task Of_two_who_approve_at_once_at_a_position_of_any_one_does()
    {
        for (var round = 0; round < 5; round++)
        {
            var ticket = await api.WaitingAsync(new ApprovalStep([World.Approver.Id, World.OtherApprover.Id], ApprovalRule.Any));

            var answers = await Task.WhenAll(First.TryAsync(ticket.Id, "approve"), Second.TryAsync(ticket.Id, "approve"));

            answers.Select(a => (int)a.StatusCode).Order().ShouldBe([200, 403]);
            (await OfAsync(ticket.Id)).Select(a => a.Status).Order().ShouldBe([ApprovalStatus.Approved, ApprovalStatus.Cancelled]);
            (await Moderator.TicketAsync(ticket.Id)).Status.ShouldBe(TicketStatus.Resolved);
        }
    }

    [Fact]
    public async Task Of_two_who_approve_at_once_at_a_position_of_all_both_count_and_the_ticket_is_resolved_once()
    {
        for (var round = 0; round < 5; round++)
        {
            var ticket = await api.WaitingAsync(new ApprovalStep([World.Approver.Id, World.OtherApprover.Id]));

            var answers = await Task.WhenAll(First.TryAsync(ticket.Id, "approve"), Second.TryAsync(ticket.Id, "approve"));

            answers.ShouldAllBe(a => a.StatusCode == HttpStatusCode.OK);
            (await Moderator.TicketAsync(ticket.Id)).Status.ShouldBe(TicketStatus.Resolved);
            (await api.EventsAsync(ticket.Id)).Count(e => e == "ticket.resolved.v1").ShouldBe(1);
        }
    }

    [Fact]
    public async Task Of_one_who_approves_and_one_who_rejects_at_once_the_first_stands()
    {
        for (var round = 0; round < 5; round++)
        {
            var ticket = await api.WaitingAsync(new ApprovalStep([World.Approver.Id, World.OtherApprover.Id], ApprovalRule.Any));

            var answers = await Task.WhenAll(First.TryAsync(ticket.Id, "approve"), Second.TryAsync(ticket.Id, "reject_approval", new ReasonedActionRequest("No.")));

            answers.Select(a => (int)a.StatusCode).Order().ShouldBe([200, 403]);
            (await Moderator.TicketAsync(ticket.Id)).Status.ShouldBe(answers[0].IsSuccessStatusCode ? TicketStatus.Resolved : TicketStatus.Rejected);
        }
    }

    [Fact]
    public async Task Rejecting_needs_a_reason_ends_the_ticket_and_asks_nobody_else()
    {
        var ticket = await api.WaitingAsync(new ApprovalStep([World.Approver.Id]), new([World.Ceo.Id]));

        await First.TryAsync(ticket.Id, "reject_approval", new ReasonedActionRequest(" ")).ShouldBeAsync(Codes.ValidationFailed);
        var rejected = await First.ActAsync(ticket.Id, "reject_approval", new ReasonedActionRequest("Too dear."));

        (rejected.Status, rejected.RejectionReason).ShouldBe((TicketStatus.Rejected, "Too dear."));
        (await OfAsync(ticket.Id)).Select(a => a.Status).ShouldBe([ApprovalStatus.Rejected, ApprovalStatus.Cancelled]);
        await Moderator.TryAsync(ticket.Id, "reopen").ShouldBeAsync(Codes.InvalidTransition);
    }

    [Fact]
    public async Task Asking_for_changes_sends_it_back_to_work_from_where_it_is_asked_for_anew()
    {
        var ticket = await api.WaitingAsync(new ApprovalStep([World.Approver.Id]), new([World.Ceo.Id]));

        await First.TryAsync(ticket.Id, "request_changes", new ReasonedActionRequest("")).ShouldBeAsync(Codes.ValidationFailed);
        (await First.ActAsync(ticket.Id, "request_changes", new ReasonedActionRequest("Another offer, please."))).Status.ShouldBe(TicketStatus.InProgress);
        (await OfAsync(ticket.Id)).Select(a => a.Status).ShouldBe([ApprovalStatus.ChangesRequested, ApprovalStatus.Cancelled]);

        await Head.ActAsync(ticket.Id, "request_approval", new RequestApprovalRequest([new([World.Approver.Id])]));
        (await First.ActAsync(ticket.Id, "approve")).Status.ShouldBe(TicketStatus.Resolved);
    }

    [Fact]
    public async Task The_head_and_moderators_withdraw_the_request()
    {
        foreach (var client in new[] { Head, Moderator })
        {
            var ticket = await api.WaitingAsync(new ApprovalStep([World.Approver.Id]));

            await First.TryAsync(ticket.Id, "withdraw_approval").ShouldBeAsync(Codes.Forbidden);
            (await client.ActAsync(ticket.Id, "withdraw_approval")).Status.ShouldBe(TicketStatus.InProgress);

            (await OfAsync(ticket.Id)).Single().Status.ShouldBe(ApprovalStatus.Cancelled);
            await First.TryAsync(ticket.Id, "approve").ShouldBeAsync(Codes.Forbidden);
        }
    }

    [Fact]
    public async Task Nobody_approves_what_they_asked_for_themselves()
    {
        var ticket = await api.InProgressAsync(World.Finance);

        // Neither the head who asks nor the requester decides on approvals, but an approver may have raised the ticket.
        var theirs = await First.DoAsync<TicketView>(HttpMethod.Post, TicketActs.Path, TicketActs.New(World.Finance, submit: true));
        await Moderator.ActAsync(theirs.Id, "confirm_review");
        await Head.ActAsync(theirs.Id, "start");

        await AskAsync(theirs.Id, new ApprovalStep([World.Approver.Id])).ShouldBeAsync(Codes.SelfApproval);
        await AskAsync(ticket.Id, new ApprovalStep([World.FinanceHead.Id])).ShouldBeAsync(Codes.UnknownReference);
    }

    [Fact]
    public async Task Only_heads_of_departments_that_may_ask_for_approvals_do()
    {
        var ticket = await api.InProgressAsync(World.It);
        var asked = new RequestApprovalRequest([new([World.Approver.Id])]);

        await api.As(World.ItHead).TryAsync(ticket.Id, "request_approval", asked).ShouldBeAsync(Codes.Forbidden);
        (await api.As(World.ItHead).TicketAsync(ticket.Id)).AllowedActions.ShouldNotContain("request_approval");
        var theirs = await api.InProgressAsync(World.Finance);
        await Moderator.TryAsync(theirs.Id, "request_approval", asked).ShouldBeAsync(Codes.Forbidden);
        await First.TryAsync(theirs.Id, "request_approval", asked).ShouldBeAsync(Codes.NotFound);
    }

    [Fact]
    public async Task A_chain_names_approvers_each_once()
    {
        var ticket = await api.InProgressAsync(World.Finance);

        await AskAsync(ticket.Id).ShouldBeAsync(Codes.ValidationFailed);
        await AskAsync(ticket.Id, new ApprovalStep([])).ShouldBeAsync(Codes.ValidationFailed);
        await AskAsync(ticket.Id, new ApprovalStep([World.Ceo.Id]), new ApprovalStep([World.Ceo.Id])).ShouldBeAsync(Codes.ValidationFailed);
        await AskAsync(ticket.Id, new ApprovalStep([World.Requester.Id])).ShouldBeAsync(Codes.UnknownReference);
        await AskAsync(ticket.Id, new ApprovalStep([Guid.NewGuid()])).ShouldBeAsync(Codes.UnknownReference);
        await AskAsync(ticket.Id, new ApprovalStep([World.Ceo.Id])).ShouldBeAsync(HttpStatusCode.OK);
        await AskAsync(ticket.Id, new ApprovalStep([World.Approver.Id])).ShouldBeAsync(Codes.InvalidTransition);
    }

    [Fact]
    public async Task Approvers_read_the_ticket_and_strangers_do_not()
    {
        var ticket = await api.WaitingAsync(new ApprovalStep([World.Approver.Id]), new([World.OtherApprover.Id]));

        (await Second.TicketAsync(ticket.Id)).Description.ShouldNotBeNull("their turn will come");
        await Ceo.GetAsync($"{TicketActs.Path}/{ticket.Id}").ShouldBeAsync(Codes.NotFound);
        await Ceo.TryAsync(ticket.Id, "approve").ShouldBeAsync(Codes.NotFound);
        await Ceo.GetAsync($"{TicketActs.Path}/{ticket.Id}/approvals").ShouldBeAsync(Codes.NotFound);
        await api.As(World.TeamMember).GetAsync($"{TicketActs.Path}/{(await api.AssignedAsync()).Id}/approvals").ShouldBeAsync(Codes.Forbidden);
    }

    [Fact]
    public async Task What_waits_for_somebody_is_listed_to_them_and_not_while_it_is_postponed()
    {
        var ticket = await api.WaitingAsync(new ApprovalStep([World.Approver.Id]), new([World.Ceo.Id]));
        (await WaitingForAsync(First)).ShouldContain(ticket.Id);
        (await WaitingForAsync(Ceo)).ShouldNotContain(ticket.Id);
        (await WaitingForAsync(Moderator)).ShouldBeEmpty();

        await Moderator.ActAsync(ticket.Id, "postpone", new ReasonedActionRequest("Later."));
        (await WaitingForAsync(First)).ShouldNotContain(ticket.Id);
        await Moderator.ActAsync(ticket.Id, "restart");
        (await WaitingForAsync(First)).ShouldContain(ticket.Id);

        await First.ActAsync(ticket.Id, "approve");
        (await WaitingForAsync(First)).ShouldNotContain(ticket.Id);
        (await WaitingForAsync(Ceo)).ShouldContain(ticket.Id);

        static async Task<IReadOnlyList<Guid>> WaitingForAsync(HttpClient client) =>
            [.. (await client.ReadAsync<Paged<ApprovalView>>($"{Approvals}?limit=100")).Data.Select(a => a.TicketId)];
    }

    [Fact]
    public async Task All_that_was_asked_of_somebody_is_theirs_to_list_and_everybodys_a_moderators()
    {
        var ticket = await api.WaitingAsync(new ApprovalStep([World.Approver.Id]), new([World.Ceo.Id]));
        await First.ActAsync(ticket.Id, "approve");

        (await ListAsync(First, $"ticket_id={ticket.Id}")).Single().ShouldSatisfyAllConditions(
            a => a.Status.ShouldBe(ApprovalStatus.Approved), a => a.TicketNumber.ShouldBe(ticket.Number), a => a.Approver.FirstName.ShouldBe("APP-1"));
        (await ListAsync(Moderator, $"ticket_id={ticket.Id}")).Count.ShouldBe(2);
        (await ListAsync(api.As(World.Admin), $"ticket_id={ticket.Id}&status=pending")).Single().Approver.Id.ShouldBe(World.Ceo.Id);
        (await ListAsync(Moderator, $"ticket_id={ticket.Id}&approver_id={World.Approver.Id}")).Count.ShouldBe(1);
        (await ListAsync(Head, $"ticket_id={ticket.Id}")).ShouldBeEmpty();
        await First.GetAsync($"{Approvals}?status=maybe").ShouldBeAsync(Codes.ValidationFailed);

        static async Task<IReadOnlyList<ApprovalView>> ListAsync(HttpClient client, string query) =>
            (await client.ReadAsync<Paged<ApprovalView>>($"{Approvals}?all=true&{query}")).Data;
    }

    Task<HttpResponseMessage> AskAsync(Guid ticket, params ApprovalStep[] chain) => Head.TryAsync(ticket, "request_approval", new RequestApprovalRequest(chain));

    async Task<IReadOnlyList<ApprovalView>> OfAsync(Guid ticket) => (await Moderator.ReadAsync<Paged<ApprovalView>>($"{TicketActs.Path}/{ticket}/approvals")).Data;
}

/// <summary>An organisation in which the head goes on with what was approved.</summary>
public sealed class WorkAfterApprovalTests
{
    [Fact]
    public async Task Without_the_setting_what_was_approved_is_the_heads_to_complete()
    {
        await using var api = await TicketsApi.StartAsync(("tickets_complete_on_approval", "false"));
        var ticket = await api.WaitingAsync(new ApprovalStep([api.World.Approver.Id]));

        (await api.As(api.World.Approver).ActAsync(ticket.Id, "approve")).Status.ShouldBe(TicketStatus.Approved);

        var head = api.As(api.World.FinanceHead);
        (await head.TicketAsync(ticket.Id)).AllowedActions.ShouldBe(["start", "complete", "request_sub_ticket", "request_postpone"], ignoreOrder: true);
        (await head.ActAsync(ticket.Id, "complete", new CompleteTicketRequest("Paid."))).Status.ShouldBe(TicketStatus.Resolved);
    }
}
