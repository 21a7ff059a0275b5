using System.Net;
using Hdms.Contracts;
using Hdms.Kit.Problems;
using Hdms.Tickets.Tickets;

namespace Hdms.Tickets.Tests.Tickets;

/// <summary>Two at once, and the same one twice (DOMAIN.md section 7, Optimistic locking; API.md, idempotency).</summary>
public sealed class ConflictTests(TicketsApi api) : IClassFixture<TicketsApi>
{
    [Fact]
    public async Task If_Match_with_another_version_is_412_and_tells_the_version_and_who_made_it()
    {
        var ticket = await api.AssignedAsync();

        var problem = await api.As(api.World.ItHead).TryAsync(ticket.Id, "start", version: ticket.Version - 1).ShouldBeAsync(Codes.PreconditionFailed);

        problem.GetProperty("version").GetInt64().ShouldBe(ticket.Version);
        problem.GetProperty("changed_by").GetGuid().ShouldBe(api.World.Moderator.Id);
    }

    [Fact]
    public async Task Another_version_in_the_body_is_409_and_tells_the_version_and_who_made_it()
    {
        var ticket = await api.AssignedAsync();

        var problem = await api.As(api.World.ItHead).TryAsync(ticket.Id, "start", new PlainActionRequest(ticket.Version - 1)).ShouldBeAsync(Codes.VersionConflict);

        problem.GetProperty("version").GetInt64().ShouldBe(ticket.Version);
        problem.GetProperty("changed_by").GetGuid().ShouldBe(api.World.Moderator.Id);
    }

    [Fact]
    public async Task Of_many_who_build_upon_one_version_one_gets_through()
    {
        var ticket = await api.InProgressAsync();
        var head = api.As(api.World.ItHead);

        var answers = await Task.WhenAll(Enumerable.Range(1, 12).Select(n => head.TryAsync(ticket.Id, "progress", new ProgressTicketRequest(n, "Counting."), ticket.Version)));

        answers.Count(a => a.StatusCode == HttpStatusCode.OK).ShouldBe(1);
        answers.Count(a => a.StatusCode == HttpStatusCode.PreconditionFailed).ShouldBe(11);
        (await head.TicketAsync(ticket.Id)).Version.ShouldBe(ticket.Version + 1);
    }

    [Fact]
    public async Task Of_two_moderators_who_take_a_ticket_up_at_once_one_has_it_and_the_other_hears_who()
    {
        for (var i = 0; i < 5; i++)
        {
            var ticket = await api.SubmittedAsync();
            var answers = await Task.WhenAll(
                api.As(api.World.Moderator).TryAsync(ticket.Id, "review"), api.As(api.World.OtherModerator).TryAsync(ticket.Id, "review"));

            var holder = (await answers.Single(a => a.IsSuccessStatusCode).ReadAsync<TicketView>()).ClaimedBy!.Id;
            var problem = await Task.FromResult(answers.Single(a => !a.IsSuccessStatusCode)).ShouldBeAsync(Codes.AlreadyClaimed);
            problem.GetProperty("claimed_by").GetGuid().ShouldBe(holder);
        }
    }

    [Fact]
    public async Task Two_who_assign_to_the_last_place_of_a_department_without_a_queue_do_not_both_get_it()
    {
        var answers = await BothAsync(api.World.Full);

        var problem = await Task.FromResult(answers.Single(a => !a.IsSuccessStatusCode)).ShouldBeAsync(Codes.DepartmentFull);
        problem.GetProperty("active_tickets").GetInt64().ShouldBe(1);
        problem.GetProperty("total_capacity").GetInt64().ShouldBe(1);
        await answers.Single(a => a.IsSuccessStatusCode).ReadAsync<TicketView>();
    }

    [Fact]
    public async Task Two_who_assign_to_the_last_place_of_a_department_with_a_queue_get_one_in_and_one_in_the_queue()
    {
        var answers = await BothAsync(api.World.Small);

        var views = new[] { await answers[0].ReadAsync<TicketView>(), await answers[1].ReadAsync<TicketView>() };
        views.Single(v => v.Status == TicketStatus.Assigned).QueuedAt.ShouldBeNull();
        views.Single(v => v.Status == TicketStatus.UnderReview).QueuedAt.ShouldNotBeNull();
    }

    [Fact]
    public async Task Two_tickets_that_are_made_duplicates_of_one_another_at_once_do_not_go_round()
    {
        for (var i = 0; i < 5; i++)
        {
            var (one, two) = (await api.SubmittedAsync(), await api.SubmittedAsync());
            var moderator = api.As(api.World.Moderator);

            var answers = await Task.WhenAll(
                moderator.TryAsync(one.Id, "reject", new RejectTicketRequest(DuplicateOf: two.Id)), moderator.TryAsync(two.Id, "reject", new RejectTicketRequest(DuplicateOf: one.Id)));

            answers.Select(a => (int)a.StatusCode).Order().ShouldBe([200, 422]);
        }
    }

    /// <summary>Each kind of action, by a ticket that allows it and the body that it takes.</summary>
    public static TheoryData<string> Actions => [.. TicketActions.All.Select(a => a.Name).Except(["withdraw"])];

    [Theory]
    [MemberData(nameof(Actions))]
    public async Task The_same_key_again_gives_the_same_answer_and_does_nothing(string action)
    {
        var (ticket, user, body) = await PreparedAsync(action);
        var client = api.As(user);
        var path = $"{TicketActs.Path}/{ticket.Id}/{action}";
        var key = Guid.NewGuid().ToString();

        using var first = await client.SendAsync(HttpMethod.Post, path, body, key: key);
        var told = await first.Content.ReadAsStringAsync();
        first.StatusCode.ShouldBe(HttpStatusCode.OK, told);
        var events = await EventsByAsync(user, ticket.Id);
        using var again = await client.SendAsync(HttpMethod.Post, path, body, key: key);

        again.StatusCode.ShouldBe(HttpStatusCode.OK);
        again.Headers.GetValues("Idempotency-Replayed").ShouldBe(["true"]);
        (await again.Content.ReadAsStringAsync()).ShouldBe(told);
        again.Headers.ETag.ShouldBe(first.Headers.ETag);
        (await EventsByAsync(user, ticket.Id)).ShouldBe(events);

        await client.SendAsync(HttpMethod.Post, path, new Dictionary<string, object?> { ["version"] = 1 }, key: key).ShouldBeAsync(Codes.IdempotencyMismatch);
    }

    [Fact]
    public async Task A_ticket_that_is_created_twice_with_one_key_is_one_ticket()
    {
        var requester = api.As(api.World.Requester);
        var key = Guid.NewGuid().ToString();
        var request = TicketActs.New(api.World.It, submit: true, title: "Only once");

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => requester.SendAsync(HttpMethod.Post, TicketActs.Path, request, key: key)));

        var tickets = await Task.WhenAll(answers.Select(a => a.ReadAsync<TicketView>()));
        tickets.Select(t => t.Id).Distinct().ShouldHaveSingleItem();
        (await api.Database.ScalarAsync<long>("SELECT count(*) FROM tickets WHERE title = 'Only once'")).ShouldBe(1);
    }

    [Fact]
    public async Task An_edit_and_a_discard_replay_too()
    {
        var requester = api.As(api.World.Requester);
        var draft = await requester.DoAsync<TicketView>(HttpMethod.Post, TicketActs.Path, TicketActs.New(api.World.It));
        var path = $"{TicketActs.Path}/{draft.Id}";
        foreach (var (method, body) in new (HttpMethod, object?)[] { (HttpMethod.Patch, new { title = "Other" }), (HttpMethod.Delete, null) })
        {
            var key = Guid.NewGuid().ToString();
            using var first = await requester.SendAsync(method, path, body, key: key);
            using var again = await requester.SendAsync(method, path, body, key: key);
            again.StatusCode.ShouldBe(first.StatusCode);
            again.Headers.GetValues("Idempotency-Replayed").ShouldBe(["true"]);
        }

        (await api.EventsAsync(draft.Id)).ShouldBe(["ticket.drafted.v1", "ticket.edited.v1", "ticket.discarded.v1"]);
    }

    /// <summary>A ticket on which this user can carry the action out, with this body.</summary>
    async Task<(TicketView Ticket, TestUser User, object? Body)> PreparedAsync(string action)
    {
        var world = api.World;
        var reason = new ReasonedActionRequest("Because.");
        return action switch
        {
            "submit" => (await api.As(world.Requester).DoAsync<TicketView>(HttpMethod.Post, TicketActs.Path, TicketActs.New(world.It)), world.Requester, null),
            "review" or "confirm_review" => (await api.SubmittedAsync(), world.Moderator, null),
            "request_clarification" => (await ReviewedAsync(), world.Moderator, new RequestClarificationRequest("Which?")),
            "clarify" => (await api.As(world.Moderator).ActAsync((await ReviewedAsync()).Id, "request_clarification", new RequestClarificationRequest("Which?")), world.Requester, new ClarifyTicketRequest("That.")),
            "assign" => (await ReviewedAsync(), world.Moderator, null),
            "reject" => (await api.SubmittedAsync(), world.Moderator, new RejectTicketRequest("Not ours.")),
            "acknowledge" or "start" => (await api.AssignedAsync(), world.ItHead, null),
            "progress" => (await api.InProgressAsync(), world.ItHead, new ProgressTicketRequest(30)),
            "reassign" => (await api.AssignedAsync(), world.Moderator, new ReassignTicketRequest("Theirs.", world.Finance)),
            "request_approval" => (await api.InProgressAsync(world.Finance), world.FinanceHead, new RequestApprovalRequest([new([world.Approver.Id])])),
            "approve" => (await WaitingAsync(), world.Approver, null),
            "reject_approval" or "request_changes" => (await WaitingAsync(), world.Approver, reason),
            "withdraw_approval" => (await WaitingAsync(), world.FinanceHead, null),
            "complete" => (await api.InProgressAsync(), world.ItHead, new CompleteTicketRequest("Done.")),
            "confirm" => (await api.ResolvedAsync(), world.Requester, new ConfirmTicketRequest(5)),
            "rework" => (await api.ResolvedAsync(), world.Requester, reason),
            "close" => (await api.ResolvedAsync(), world.Moderator, null),
            "force_close" or "postpone" => (await api.AssignedAsync(), world.Moderator, reason),
            "restart" => (await api.As(world.Moderator).ActAsync((await api.AssignedAsync()).Id, "postpone", reason), world.Moderator, null),
            "request_reopen" => (await api.ClosedAsync(), world.Requester, reason),
            "reopen" => (await api.ClosedAsync(), world.Moderator, null),
            "undo" => (await api.AssignedAsync(), world.Moderator, null),
            "change_priority" => (await api.AssignedAsync(), world.Moderator, new ChangePriorityRequest(Priority.Urgent)),
            "change_due" => (await api.AssignedAsync(), world.Moderator, new ChangeDueRequest(api.Clock.GetUtcNow().AddDays(1), "Sooner.")),
            "merge" => (await api.SubmittedAsync(), world.Moderator, new MergeTicketRequest((await api.SubmittedAsync()).Id)),
            "split" => (await api.AssignedAsync(), world.Moderator, new SplitTicketRequest([new("A part", world.Finance)])),
            "request_sub_ticket" => (await api.AssignedAsync(), world.ItHead, new RequestSubTicketRequest("A part", world.Finance, "Theirs.")),
            "request_postpone" => (await api.AssignedAsync(), world.ItHead, reason),
            "acknowledge_sla" => (await ChangedAsync(), world.ItHead, null),
            "dispute_sla" => (await ChangedAsync(), world.ItHead, reason),
            "tag" => (await api.SubmittedAsync(), world.Moderator, new TagTicketRequest(["printer"])),
            _ => throw new InvalidOperationException($"Nobody has said how {action} is tried."),
        };
    }

    async Task<TicketView> ReviewedAsync() => await api.As(api.World.Moderator).ActAsync((await api.SubmittedAsync()).Id, "review");

    async Task<TicketView> ChangedAsync() =>
        await api.As(api.World.Moderator).ActAsync((await api.AssignedAsync()).Id, "change_priority", new ChangePriorityRequest(Priority.Urgent));

    async Task<TicketView> WaitingAsync() => await api.As(api.World.FinanceHead)
        .ActAsync((await api.InProgressAsync(api.World.Finance)).Id, "request_approval", new RequestApprovalRequest([new([api.World.Approver.Id])]));

    async Task<HttpResponseMessage[]> BothAsync(Guid department)
    {
        var tickets = new[] { await api.SubmittedAsync(department), await api.SubmittedAsync(department) };
        var moderators = new[] { api.World.Moderator, api.World.OtherModerator };
        return await Task.WhenAll(tickets.Zip(moderators, (ticket, moderator) => api.As(moderator).TryAsync(ticket.Id, "confirm_review")));
    }

    /// <summary>What this person has caused in all streams, the ticket's among them.</summary>
    async Task<long> EventsByAsync(TestUser user, Guid ticket)
    {
        (await api.EventsAsync(ticket)).ShouldNotBeEmpty();
        return await api.Database.ScalarAsync<long>("SELECT count(*) FROM tickets_events WHERE actor_id = @Id AND stream_version IS NOT NULL", new { user.Id });
    }
}
