using System.Net;
using Hdms.Contracts;
using Hdms.Kit.Problems;

namespace Hdms.Tickets.Tests.Requests;

/// <summary>What heads and requesters ask of the moderators.</summary>
public sealed class RequestTests(TicketsApi api) : IClassFixture<TicketsApi>
{
    const string Requests = "/api/v1/ticket-requests";

    World World => api.World;

    HttpClient Moderator => api.As(World.Moderator);

    HttpClient Head => api.As(World.ItHead);

    HttpClient Requester => api.As(World.Requester);

    [Fact]
    public async Task Granting_a_sub_ticket_makes_it()
    {
        var (ticket, request) = await PartAskedForAsync();

        var granted = await DoAsync(Moderator, request, "approve", new OptionalReasonRequest("Fine."));

        var sub = await api.As(World.FinanceHead).SubTicketAsync(granted.SubTicketId!.Value);
        (sub.Title, sub.ParentTicketId, sub.Department.Id, sub.CreatedBy.Id).ShouldBe(("Pay for it", ticket.Id, World.Finance, World.Moderator.Id));
        (granted.Status, granted.DecidedBy!.Id, granted.DecisionReason).ShouldBe((RequestStatus.Approved, World.Moderator.Id, "Fine."));
        (await Moderator.TicketAsync(ticket.Id)).OpenSubTickets.ShouldBe(1);
        granted.AllowedActions.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_sub_ticket_for_a_department_without_a_head_is_not_granted()
    {
        var ticket = await api.InProgressAsync();
        await Head.ActAsync(ticket.Id, "request_sub_ticket", new RequestSubTicketRequest("Do it", World.Headless, "They can."));
        var request = await OnlyOfAsync(ticket.Id);

        await TryAsync(Moderator, request, "approve").ShouldBeAsync(Codes.UnknownReference);
        (await OnlyOfAsync(ticket.Id)).Status.ShouldBe(RequestStatus.Pending);
    }

    [Fact]
    public async Task Granting_a_postponement_postpones_and_undoing_that_asks_again()
    {
        var (ticket, request) = await PostponementAskedForAsync();

        await DoAsync(Moderator, request, "approve");
        var postponed = await Moderator.TicketAsync(ticket.Id);
        (postponed.Status, postponed.PostponementReason, postponed.PostponeRequested).ShouldBe((TicketStatus.Postponed, "No parts.", false));

        var undone = await Moderator.ActAsync(ticket.Id, "undo");
        (undone.Status, undone.PostponeRequested).ShouldBe((TicketStatus.InProgress, true));
        var again = await OnlyOfAsync(ticket.Id);
        (again.Status, again.DecidedBy).ShouldBe((RequestStatus.Pending, null));
    }

    [Fact]
    public async Task Postponing_by_oneself_grants_the_request_that_waits()
    {
        var (ticket, _) = await PostponementAskedForAsync();

        await Moderator.ActAsync(ticket.Id, "postpone", new ReasonedActionRequest("I know."));

        (await OnlyOfAsync(ticket.Id)).Status.ShouldBe(RequestStatus.Approved);
        await Moderator.ActAsync(ticket.Id, "restart");
        (await Head.ActAsync(ticket.Id, "request_postpone", new ReasonedActionRequest("Again."))).PostponeRequested.ShouldBeTrue();
    }

    [Fact]
    public async Task Granting_a_reopening_reopens()
    {
        var (ticket, request) = await ReopeningAskedForAsync();

        await DoAsync(Moderator, request, "approve");

        var reopened = await Moderator.TicketAsync(ticket.Id);
        (reopened.Status, reopened.Generation, reopened.ReopenRequested).ShouldBe((TicketStatus.Reopened, 2, false));
    }

    [Fact]
    public async Task What_is_done_is_not_granted_any_longer()
    {
        var (ticket, request) = await PostponementAskedForAsync();
        await Head.ActAsync(ticket.Id, "complete", new CompleteTicketRequest("Done after all."));

        await TryAsync(Moderator, request, "approve").ShouldBeAsync(Codes.AlreadyDecided);
        (await Moderator.TicketAsync(ticket.Id)).Status.ShouldBe(TicketStatus.Resolved);
    }

    [Fact]
    public async Task Denying_needs_a_reason_and_the_ticket_no_longer_says_that_something_waits()
    {
        var (postponed, toPostpone) = await PostponementAskedForAsync();
        var (closed, toReopen) = await ReopeningAskedForAsync();

        await TryAsync(Moderator, toPostpone, "deny", new ReasonedActionRequest(" ")).ShouldBeAsync(Codes.ValidationFailed);
        (await DoAsync(Moderator, toPostpone, "deny", new ReasonedActionRequest("Go on."))).DecisionReason.ShouldBe("Go on.");
        await DoAsync(Moderator, toReopen, "deny", new ReasonedActionRequest("It works."));

        (await Moderator.TicketAsync(postponed.Id)).PostponeRequested.ShouldBeFalse();
        (await Moderator.TicketAsync(closed.Id)).ReopenRequested.ShouldBeFalse();
        await Head.ActAsync(postponed.Id, "request_postpone", new ReasonedActionRequest("Again."));
        await Requester.ActAsync(closed.Id, "request_reopen", new ReasonedActionRequest("Again."));
    }

    [Fact]
    public async Task Whoever_asked_may_withdraw_and_nobody_else()
    {
        var (ticket, request) = await PostponementAskedForAsync();
        (await OnlyOfAsync(ticket.Id, Head)).AllowedActions.ShouldBe(["withdraw"]);
        (await OnlyOfAsync(ticket.Id, Moderator)).AllowedActions.ShouldBe(["approve", "deny"]);

        await TryAsync(Moderator, request, "withdraw").ShouldBeAsync(Codes.Forbidden);
        (await DoAsync(Head, request, "withdraw")).Status.ShouldBe(RequestStatus.Withdrawn);
        (await Moderator.TicketAsync(ticket.Id)).PostponeRequested.ShouldBeFalse();
    }

    [Fact]
    public async Task Only_moderators_decide_and_strangers_know_of_nothing()
    {
        var (ticket, request) = await PostponementAskedForAsync();
        var deny = new ReasonedActionRequest("No.");

        foreach (var (client, code) in new[] { (Head, Codes.Forbidden), (Requester, Codes.Forbidden), (api.As(World.Admin), Codes.Forbidden), (api.As(World.Stranger), Codes.NotFound) })
        {
            await TryAsync(client, request, "approve").ShouldBeAsync(code);
            await TryAsync(client, request, "deny", deny).ShouldBeAsync(code);
        }

        await TryAsync(Requester, request, "withdraw").ShouldBeAsync(Codes.Forbidden);
        await TryAsync(api.As(World.Stranger), request, "withdraw").ShouldBeAsync(Codes.NotFound);
        await api.As(World.Stranger).GetAsync($"{TicketActs.Path}/{ticket.Id}/requests").ShouldBeAsync(Codes.NotFound);
        await api.As(World.TeamMember).GetAsync($"{TicketActs.Path}/{ticket.Id}/requests").ShouldBeAsync(Codes.Forbidden);
        foreach (var action in new[] { "approve", "withdraw" })
            await Moderator.SendAsync(HttpMethod.Post, $"{Requests}/{Guid.NewGuid()}/{action}").ShouldBeAsync(Codes.NotFound);
    }

    [Fact]
    public async Task What_is_decided_is_not_decided_again()
    {
        var (_, request) = await PostponementAskedForAsync();
        await DoAsync(Moderator, request, "deny", new ReasonedActionRequest("No."));

        (await TryAsync(Moderator, request, "approve").ShouldBeAsync(Codes.AlreadyDecided)).GetProperty("decided_by").GetGuid().ShouldBe(World.Moderator.Id);
        await TryAsync(Moderator, request, "deny", new ReasonedActionRequest("No!")).ShouldBeAsync(Codes.AlreadyDecided);
        await TryAsync(Head, request, "withdraw").ShouldBeAsync(Codes.AlreadyDecided);
    }

    [Fact]
    public async Task Of_two_moderators_who_decide_at_once_one_does()
    {
        for (var round = 0; round < 5; round++)
        {
            var (ticket, request) = await PartAskedForAsync();

            var answers = await Task.WhenAll(TryAsync(Moderator, request, "approve"), TryAsync(api.As(World.OtherModerator), request, "approve"));

            answers.Select(a => (int)a.StatusCode).Order().ShouldBe([200, 409]);
            (await Moderator.TicketAsync(ticket.Id)).SubTickets.ShouldBe(1);
        }
    }

    [Fact]
    public async Task A_version_that_is_not_the_one_seen_is_refused_and_a_key_counts_once()
    {
        var (ticket, request) = await PartAskedForAsync();

        await Moderator.SendAsync(HttpMethod.Post, $"{Requests}/{request.Id}/approve", version: 7).ShouldBeAsync(Codes.PreconditionFailed);
        await TryAsync(Moderator, request, "approve", new OptionalReasonRequest(Version: 7)).ShouldBeAsync(Codes.VersionConflict);
        var key = Guid.NewGuid().ToString();
        for (var n = 0; n < 2; n++)
            await Moderator.SendAsync(HttpMethod.Post, $"{Requests}/{request.Id}/approve", key: key).ShouldBeAsync(HttpStatusCode.OK);
        (await Moderator.TicketAsync(ticket.Id)).SubTickets.ShouldBe(1);
    }

    [Fact]
    public async Task Moderators_list_everybodys_requests_and_others_their_own()
    {
        var (ticket, _) = await PostponementAskedForAsync();
        var (_, reopening) = await ReopeningAskedForAsync();

        (await ListAsync(Moderator, "status=pending&limit=100")).ShouldContain(r => r.TicketId == ticket.Id);
        (await ListAsync(Moderator, "status=pending&kind=reopen&limit=100")).ShouldAllBe(r => r.Kind == RequestKind.Reopen);
        var mine = await ListAsync(Requester, "limit=100");
        mine.ShouldContain(r => r.Id == reopening.Id);
        mine.ShouldAllBe(r => r.RequestedBy.Id == World.Requester.Id);
        (await ListAsync(api.As(World.Stranger), "")).ShouldBeEmpty();
        await Moderator.GetAsync($"{Requests}?kind=holiday").ShouldBeAsync(Codes.ValidationFailed);

        static async Task<IReadOnlyList<TicketRequestView>> ListAsync(HttpClient client, string query) =>
            (await client.ReadAsync<Paged<TicketRequestView>>($"{Requests}?{query}")).Data;
    }

    async Task<(TicketView, TicketRequestView)> PartAskedForAsync()
    {
        var ticket = await api.InProgressAsync();
        await Head.ActAsync(ticket.Id, "request_sub_ticket", new RequestSubTicketRequest("Pay for it", World.Finance, "We can't."));
        return (ticket, await OnlyOfAsync(ticket.Id));
    }

    async Task<(TicketView, TicketRequestView)> PostponementAskedForAsync()
    {
        var ticket = await api.InProgressAsync();
        await Head.ActAsync(ticket.Id, "request_postpone", new ReasonedActionRequest("No parts."));
        return (ticket, await OnlyOfAsync(ticket.Id));
    }

    async Task<(TicketView, TicketRequestView)> ReopeningAskedForAsync()
    {
        var ticket = await api.ClosedAsync();
        await Requester.ActAsync(ticket.Id, "request_reopen", new ReasonedActionRequest("It smokes again."));
        return (ticket, await OnlyOfAsync(ticket.Id));
    }

    async Task<TicketRequestView> OnlyOfAsync(Guid ticket, HttpClient? client = null) =>
        (await (client ?? Moderator).ReadAsync<Paged<TicketRequestView>>($"{TicketActs.Path}/{ticket}/requests")).Data.Single();

    static Task<TicketRequestView> DoAsync(HttpClient client, TicketRequestView request, string action, object? body = null) =>
        client.DoAsync<TicketRequestView>(HttpMethod.Post, $"{Requests}/{request.Id}/{action}", body);

    static Task<HttpResponseMessage> TryAsync(HttpClient client, TicketRequestView request, string action, object? body = null) =>
        client.SendAsync(HttpMethod.Post, $"{Requests}/{request.Id}/{action}", body);
}
