using System.Net;
using Hdms.Contracts;
using Hdms.Kit.Problems;
using Hdms.Tickets.Lifecycle;
using Hdms.Tickets.SubTickets;

namespace Hdms.Tickets.Tests.SubTickets;

/// <summary>Parts of a ticket that other departments do.</summary>
public sealed class SubTicketTests(TicketsApi api) : IClassFixture<TicketsApi>
{
    World World => api.World;

    HttpClient Moderator => api.As(World.Moderator);

    HttpClient FinanceHead => api.As(World.FinanceHead);

    [Fact]
    public async Task Each_part_has_a_number_of_its_parent_and_belongs_to_its_departments_head()
    {
        var parent = await api.InProgressAsync();
        await FinanceHead.GetAsync($"{TicketActs.Path}/{parent.Id}").ShouldBeAsync(HttpStatusCode.NotFound);

        var parts = await api.SplitAsync(parent.Id, World.Finance, World.Small);

        parts.Select(p => p.Number).ShouldBe([$"{parent.Number}-S1", $"{parent.Number}-S2"]);
        parts.Select(p => p.Assignee.Id).ShouldBe([World.FinanceHead.Id, World.HeadOf(World.Small).Id]);
        (await FinanceHead.TicketAsync(parent.Id)).SubTickets.ShouldBe(2, "the head of a part sees the whole");
    }

    [Fact]
    public async Task A_part_goes_from_assigned_to_closed_and_with_the_last_one_the_parent_is_ready_for_closure()
    {
        var parent = await api.InProgressAsync();
        var (first, second) = await api.SplitAsync(parent.Id, World.Finance, World.Finance) switch { var p => (p[0], p[1]) };

        (await FinanceHead.ActOnPartAsync(first.Id, "start")).StartedAt.ShouldNotBeNull();
        (await FinanceHead.ActOnPartAsync(first.Id, "progress", new ProgressTicketRequest(30))).ProgressPercent.ShouldBe(30);
        var resolved = await FinanceHead.ActOnPartAsync(first.Id, "complete", new CompleteTicketRequest(" Paid. "));
        (resolved.Status, resolved.ProgressPercent, resolved.CompletionNotes).ShouldBe((SubTicketStatus.Resolved, 100, "Paid."));
        (await Moderator.ActOnPartAsync(first.Id, "close")).ClosedReason.ShouldBe(ClosedReason.Verified);

        var half = await Moderator.TicketAsync(parent.Id);
        (half.Status, half.ProgressPercent, half.OpenSubTickets, half.ReadyForClosure).ShouldBe((TicketStatus.InProgress, 50, 1, false));

        await api.BringAsync(second, SubTicketStatus.Closed);
        var ready = await Moderator.TicketAsync(parent.Id);
        (ready.Status, ready.ProgressPercent, ready.OpenSubTickets, ready.ReadyForClosure).ShouldBe((TicketStatus.InProgress, 100, 0, true));
        (await api.EventsAsync(first.Id)).ShouldBe(
            ["sub_ticket.created.v1", "sub_ticket.started.v1", "sub_ticket.progressed.v1", "sub_ticket.resolved.v1", "sub_ticket.closed.v1"]);
    }

    [Theory]
    [InlineData(SubTicketStatus.Assigned)]
    [InlineData(SubTicketStatus.InProgress)]
    [InlineData(SubTicketStatus.Resolved)]
    [InlineData(SubTicketStatus.Closed)]
    [InlineData(SubTicketStatus.Reopened)]
    public async Task What_is_offered_is_what_the_table_says_and_all_else_is_refused(SubTicketStatus status)
    {
        var sub = await api.BringAsync((await api.SplitAsync((await api.InProgressAsync()).Id, World.Finance))[0], status);

        foreach (var (client, who) in new[] { (FinanceHead, Actor.Head), (Moderator, Actor.Moderator), (api.As(World.Requester), Actor.Requester), (api.As(World.Admin), Actor.Admin) })
        {
            var theirs = SubTicketLifecycle.Table.Where(t => t.Who.HasFlag(who)).ToList();
            (await client.SubTicketAsync(sub.Id)).AllowedActions.ShouldBe(theirs.Where(t => t.From.Contains(status)).Select(t => t.Action));

            foreach (var action in new[] { "start", "progress", "complete", "close", "reopen" })
            {
                if (theirs.All(t => t.Action != action))
                    await client.TryOnPartAsync(sub.Id, action).ShouldBeAsync(Codes.Forbidden);
                else if (!theirs.Any(t => t.Action == action && t.From.Contains(status)))
                    await client.TryOnPartAsync(sub.Id, action).ShouldBeAsync(Codes.InvalidTransition);
            }
        }

        (await Moderator.SubTicketAsync(sub.Id)).Version.ShouldBe(sub.Version, "what is refused changes nothing");
    }

    [Fact]
    public async Task To_somebody_who_does_not_see_the_parent_there_is_no_part()
    {
        var parent = await api.InProgressAsync();
        var sub = (await api.SplitAsync(parent.Id, World.Finance))[0];

        foreach (var other in new[] { World.Stranger, World.HeadOf(World.Small), World.TeamMember })
        {
            await api.As(other).GetAsync($"{TicketActs.SubPath}/{sub.Id}").ShouldBeAsync(Codes.NotFound);
            await api.As(other).TryOnPartAsync(sub.Id, "start").ShouldBeAsync(Codes.NotFound);
        }

        await api.As(World.Stranger).GetAsync($"{TicketActs.Path}/{parent.Id}/subtickets").ShouldBeAsync(Codes.NotFound);
        await api.As(World.TeamMember).GetAsync($"{TicketActs.Path}/{parent.Id}/subtickets").ShouldBeAsync(Codes.Forbidden);
        await Moderator.GetAsync($"{TicketActs.SubPath}/{Guid.NewGuid()}").ShouldBeAsync(Codes.NotFound);
        await Moderator.TryOnPartAsync(Guid.NewGuid(), "close").ShouldBeAsync(Codes.NotFound);
    }

    [Fact]
    public async Task Progress_goes_back_only_with_a_note_and_notes_are_needed_to_complete()
    {
        var sub = await api.BringAsync((await api.SplitAsync((await api.InProgressAsync()).Id, World.Finance))[0], SubTicketStatus.InProgress);
        await FinanceHead.ActOnPartAsync(sub.Id, "progress", new ProgressTicketRequest(60));

        await FinanceHead.TryOnPartAsync(sub.Id, "progress", new ProgressTicketRequest(40)).ShouldBeAsync(Codes.ValidationFailed);
        await FinanceHead.TryOnPartAsync(sub.Id, "progress", new ProgressTicketRequest(101)).ShouldBeAsync(Codes.ValidationFailed);
        await FinanceHead.TryOnPartAsync(sub.Id, "complete", new CompleteTicketRequest("  ")).ShouldBeAsync(Codes.ValidationFailed);
        (await FinanceHead.ActOnPartAsync(sub.Id, "progress", new ProgressTicketRequest(40, "One was wrong."))).ProgressPercent.ShouldBe(40);
    }

    [Fact]
    public async Task A_refused_action_is_recorded_without_a_version()
    {
        var sub = (await api.SplitAsync((await api.InProgressAsync()).Id, World.Finance))[0];

        await Moderator.TryOnPartAsync(sub.Id, "close").ShouldBeAsync(Codes.InvalidTransition);
        await api.As(World.Stranger).TryOnPartAsync(sub.Id, "close").ShouldBeAsync(Codes.NotFound);

        var refused = await api.Database.QueryAsync<(string Action, string Code, Guid Actor)>(
            "SELECT data ->> 'action', data ->> 'code', actor_id FROM tickets_events WHERE stream_id = @Id AND stream_version IS NULL", new { sub.Id });
        refused.ShouldBe([("close", "invalid_transition", World.Moderator.Id)]);
    }

    [Fact]
    public async Task A_part_is_merged_back_by_closing_it()
    {
        var sub = await api.BringAsync((await api.SplitAsync((await api.InProgressAsync()).Id, World.Finance))[0], SubTicketStatus.Resolved);

        (await Moderator.ActOnPartAsync(sub.Id, "close", new CloseSubTicketRequest(MergedIntoParent: true, "Goes on there."))).MergedIntoParent.ShouldBeTrue();
        (await Moderator.ActOnPartAsync(sub.Id, "reopen")).MergedIntoParent.ShouldBeFalse();
    }

    [Fact]
    public async Task A_part_is_reopened_twice_at_most()
    {
        var parent = await api.InProgressAsync();
        var sub = await api.BringAsync((await api.SplitAsync(parent.Id, World.Finance))[0], SubTicketStatus.Closed);

        var reopened = await Moderator.ActOnPartAsync(sub.Id, "reopen", new OptionalReasonRequest("Half of it is missing."));
        (reopened.Generation, reopened.ReopenCount, reopened.ClosedAt, reopened.ProgressPercent).ShouldBe((2, 1, null, 0));
        (await Moderator.TicketAsync(parent.Id)).ReadyForClosure.ShouldBeFalse();
        await FinanceHead.ActOnPartAsync(sub.Id, "start");
        await FinanceHead.ActOnPartAsync(sub.Id, "complete");
        await Moderator.ActOnPartAsync(sub.Id, "reopen");
        await FinanceHead.ActOnPartAsync(sub.Id, "start");
        await FinanceHead.ActOnPartAsync(sub.Id, "complete");

        await Moderator.TryOnPartAsync(sub.Id, "reopen").ShouldBeAsync(Codes.ReopenLimit);
        (await Moderator.SubTicketAsync(sub.Id)).AllowedActions.ShouldBe(["close"]);
    }

    [Fact]
    public async Task A_ticket_with_open_parts_is_not_closed_and_a_part_of_a_closed_ticket_not_reopened()
    {
        var parent = await api.ResolvedAsync();
        var working = await api.InProgressAsync();
        var sub = (await api.SplitAsync(working.Id, World.Finance))[0];
        await api.As(World.ItHead).ActAsync(working.Id, "complete", new CompleteTicketRequest("Done."));
        await Moderator.TryAsync(parent.Id, "split", new SplitTicketRequest([new("Late", World.Finance)])).ShouldBeAsync(Codes.InvalidTransition);

        (await Moderator.TryAsync(working.Id, "close").ShouldBeAsync(Codes.OpenSubTickets)).GetProperty("open_sub_tickets").GetInt32().ShouldBe(1);
        await api.BringAsync(sub, SubTicketStatus.Closed);
        (await Moderator.TicketAsync(working.Id)).ProgressPercent.ShouldBe(100, "what is resolved stays so");
        await Moderator.ActAsync(working.Id, "close");

        await Moderator.TryOnPartAsync(sub.Id, "reopen").ShouldBeAsync(Codes.InvalidTransition);
        await Moderator.ActAsync(working.Id, "reopen");
        (await Moderator.ActOnPartAsync(sub.Id, "reopen")).Status.ShouldBe(SubTicketStatus.Reopened);
    }

    [Fact]
    public async Task Forcing_a_ticket_closed_closes_its_parts()
    {
        var parent = await api.InProgressAsync();
        var sub = (await api.SplitAsync(parent.Id, World.Finance))[0];

        (await Moderator.ActAsync(parent.Id, "force_close", new ReasonedActionRequest("Not needed."))).OpenSubTickets.ShouldBe(0);

        var closed = await FinanceHead.SubTicketAsync(sub.Id);
        (closed.Status, closed.ClosedReason).ShouldBe((SubTicketStatus.Closed, ClosedReason.Forced));
    }

    [Fact]
    public async Task A_version_that_is_not_the_one_seen_is_refused()
    {
        var sub = (await api.SplitAsync((await api.InProgressAsync()).Id, World.Finance))[0];
        await FinanceHead.ActOnPartAsync(sub.Id, "start");

        await FinanceHead.TryOnPartAsync(sub.Id, "progress", version: sub.Version).ShouldBeAsync(Codes.PreconditionFailed);
        var conflict = await FinanceHead.TryOnPartAsync(sub.Id, "progress", new ProgressTicketRequest(10, Version: sub.Version)).ShouldBeAsync(Codes.VersionConflict);
        (conflict.GetProperty("version").GetInt64(), conflict.GetProperty("changed_by").GetGuid()).ShouldBe((2, World.FinanceHead.Id));
    }

    [Fact]
    public async Task The_same_key_closes_once()
    {
        var parent = await api.InProgressAsync();
        var sub = await api.BringAsync((await api.SplitAsync(parent.Id, World.Finance))[0], SubTicketStatus.Resolved);
        var key = Guid.NewGuid().ToString();

        using var first = await Moderator.TryOnPartAsync(sub.Id, "close", new CloseSubTicketRequest(), key: key);
        using var again = await Moderator.TryOnPartAsync(sub.Id, "close", new CloseSubTicketRequest(), key: key);

        again.Headers.GetValues("Idempotency-Replayed").ShouldBe(["true"]);
        (await again.ReadAsync<SubTicketView>()).Version.ShouldBe((await first.ReadAsync<SubTicketView>()).Version);
    }

    [Fact]
    public async Task Of_two_moderators_who_close_the_last_part_at_once_one_does()
    {
        for (var round = 0; round < 5; round++)
        {
            var parent = await api.InProgressAsync();
            var sub = await api.BringAsync((await api.SplitAsync(parent.Id, World.Finance))[0], SubTicketStatus.Resolved);

            var answers = await Task.WhenAll(Moderator.TryOnPartAsync(sub.Id, "close"), api.As(World.OtherModerator).TryOnPartAsync(sub.Id, "close"));

            answers.Select(a => (int)a.StatusCode).Order().ShouldBe([200, 422]);
            (await Moderator.TicketAsync(parent.Id)).ReadyForClosure.ShouldBeTrue();
            (await api.EventsAsync(parent.Id)).Count(e => e == "ticket.sub_tickets_changed.v1").ShouldBe(2, "once for the split, once for the close");
        }
    }

    [Fact]
    public async Task Two_parts_that_are_closed_at_once_are_both_counted()
    {
        for (var round = 0; round < 5; round++)
        {
            var parent = await api.InProgressAsync();
            var parts = await api.SplitAsync(parent.Id, World.Finance, World.Small);
            foreach (var part in parts)
                await api.BringAsync(part, SubTicketStatus.Resolved);

            var answers = await Task.WhenAll(Moderator.TryOnPartAsync(parts[0].Id, "close"), api.As(World.OtherModerator).TryOnPartAsync(parts[1].Id, "close"));

            answers.ShouldAllBe(a => a.IsSuccessStatusCode);
            (await Moderator.TicketAsync(parent.Id)).ReadyForClosure.ShouldBeTrue();
        }
    }

    [Fact]
    public async Task What_was_approved_is_resolved_when_its_last_part_is_closed()
    {
        var ticket = await api.InProgressAsync(World.Finance);
        var sub = (await api.SplitAsync(ticket.Id, World.It))[0];
        await FinanceHead.ActAsync(ticket.Id, "request_approval", new RequestApprovalRequest([new([World.Approver.Id])]));
        (await api.As(World.Approver).ActAsync(ticket.Id, "approve")).Status.ShouldBe(TicketStatus.Approved);

        await api.BringAsync(sub, SubTicketStatus.Closed);

        await Eventually.ShouldAsync(async () => (await Moderator.TicketAsync(ticket.Id)).Status == TicketStatus.Resolved);
    }

    [Fact]
    public async Task Heads_list_their_own_parts_and_moderators_all_by_filters()
    {
        var parent = await api.InProgressAsync();
        var parts = await api.SplitAsync(parent.Id, World.Finance, World.Small);
        await FinanceHead.ActOnPartAsync(parts[0].Id, "start");

        (await ListAsync(World.FinanceHead, $"parent_id={parent.Id}")).ShouldBe([parts[0].Id]);
        (await ListAsync(World.FinanceHead, $"parent_id={parent.Id}&status=assigned,reopened")).ShouldBeEmpty();
        (await ListAsync(World.Requester, $"parent_id={parent.Id}")).ShouldBeEmpty("what is to be worked on, not what one waits for");
        (await ListAsync(World.Moderator, $"parent_id={parent.Id}&sort=number")).ShouldBe(parts.Select(p => p.Id));
        (await ListAsync(World.Admin, $"parent_id={parent.Id}&department_id={World.Small}")).ShouldBe([parts[1].Id]);
        (await ListAsync(World.Moderator, $"parent_id={parent.Id}&assignee_id={World.FinanceHead.Id}&status=in_progress")).ShouldBe([parts[0].Id]);
        (await ListAsync(World.FinanceHead, $"parent_id={parent.Id}&assignee_id=me")).ShouldBe([parts[0].Id]);
        await Moderator.GetAsync($"{TicketActs.SubPath}?status=done").ShouldBeAsync(Codes.ValidationFailed);
        await Moderator.GetAsync($"{TicketActs.SubPath}?assignee_id=nobody").ShouldBeAsync(Codes.ValidationFailed);
        (await api.As(World.Requester).ReadAsync<Paged<SubTicketView>>($"{TicketActs.Path}/{parent.Number}/subtickets")).Data.Count.ShouldBe(2);

        async Task<IEnumerable<Guid>> ListAsync(TestUser user, string query) =>
            (await api.As(user).ReadAsync<Paged<SubTicketView>>($"{TicketActs.SubPath}?{query}")).Data.Select(s => s.Id);
    }
}
