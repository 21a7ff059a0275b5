using System.Net;
using Hdms.Contracts;

namespace Hdms.Tickets.Tests.Timers;

/// <summary>What happens by itself when its time has come (DOMAIN.md section 6), each once.</summary>
public sealed class TimerTests(TicketsApi api) : IClassFixture<TicketsApi>
{
    static readonly TimeSpan Day = TimeSpan.FromDays(1);
    static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    readonly Passing _time = new(api);

    [Fact]
    public async Task What_was_submitted_is_in_the_pool_within_a_second()
    {
        var waits = new List<TimeSpan>();
        for (var i = 0; i < 5; i++)
        {
            var id = (await api.SubmittedAsync()).Id;
            await Eventually.ShouldAsync(async () => (await SeeAsync(id)).Status == TicketStatus.Pending);
            var ticket = await SeeAsync(id);
            waits.Add(ticket.UpdatedAt - ticket.SubmittedAt!.Value);
        }

        // The quickest: a machine that is busy with other tests may be late now and then.
        waits.Min().ShouldBeLessThanOrEqualTo(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_day_in_the_pool_without_a_review_is_told_once()
    {
        var ticket = await api.SubmittedAsync();
        await _time.PassAsync(Day - Minute);
        (await CountAsync(ticket, TicketAlert.Unreviewed)).ShouldBe(0);

        await _time.PassAsync(2 * Minute);
        (await CountAsync(ticket, TicketAlert.Unreviewed)).ShouldBe(1);
        (await SeeAsync(ticket.Id)).NeedsAttention.ShouldBeTrue();
        await _time.PassAsync(2 * Day);
        (await CountAsync(ticket, TicketAlert.Unreviewed)).ShouldBe(1);
    }

    [Fact]
    public async Task A_day_without_the_heads_acknowledgement_is_told_once()
    {
        var (ticket, seen) = (await api.AssignedAsync(), await api.AssignedAsync());
        await api.As(api.World.ItHead).ActAsync(seen.Id, "acknowledge");

        await _time.PassAsync(Day + Minute);
        await _time.PassAsync(Day);

        (await CountAsync(ticket, TicketAlert.Unacknowledged)).ShouldBe(1);
        (await CountAsync(seen, TicketAlert.Unacknowledged)).ShouldBe(0);
        (await SeeAsync(ticket.Id)).NeedsAttention.ShouldBeTrue();
    }

    [Fact]
    public async Task The_response_is_warned_of_with_a_quarter_left_and_breached_at_its_end()
    {
        // Four hours for a ticket of medium priority.
        var (ticket, seen) = (await api.AssignedAsync(), await api.AssignedAsync());
        await api.As(api.World.ItHead).ActAsync(seen.Id, "acknowledge");

        await _time.PassAsync((3 * Hour) - Minute);
        (await CountAsync(ticket, TicketAlert.ResponseWarning)).ShouldBe(0);
        await _time.PassAsync(2 * Minute);
        (await CountAsync(ticket, TicketAlert.ResponseWarning)).ShouldBe(1);
        (await CountAsync(ticket, TicketAlert.ResponseBreached)).ShouldBe(0);
        await _time.PassAsync(Hour);
        (await CountAsync(ticket, TicketAlert.ResponseBreached)).ShouldBe(1);
        await _time.PassAsync(Day);

        (await CountAsync(ticket, TicketAlert.ResponseWarning)).ShouldBe(1);
        (await CountAsync(ticket, TicketAlert.ResponseBreached)).ShouldBe(1);
        (await CountAsync(seen, TicketAlert.ResponseWarning)).ShouldBe(0);
    }

    [Fact]
    public async Task The_resolution_is_warned_of_and_breached_once_and_again_for_another_due_time()
    {
        var ticket = await api.AssignedAsync();
        await _time.PassAsync((36 * Hour) + Minute);
        (await CountAsync(ticket, TicketAlert.ResolutionWarning)).ShouldBe(1);
        (await CountAsync(ticket, TicketAlert.ResolutionBreached)).ShouldBe(0);
        await _time.PassAsync(12 * Hour);
        (await CountAsync(ticket, TicketAlert.ResolutionBreached)).ShouldBe(1);
        (await SeeAsync(ticket.Id)).Sla!.IsBreached.ShouldBeTrue();

        // Put off, and pulled forward: each due time is warned of and breached for itself.
        await api.As(api.World.Moderator).ActAsync(ticket.Id, "change_due", new ChangeDueRequest(api.Clock.GetUtcNow() + (10 * Day), "The fair is later."));
        (await SeeAsync(ticket.Id)).Sla!.IsBreached.ShouldBeFalse();
        await _time.PassAsync(Hour);
        (await CountAsync(ticket, TicketAlert.ResolutionBreached)).ShouldBe(1);
        await api.As(api.World.Moderator).ActAsync(ticket.Id, "change_due", new ChangeDueRequest(api.Clock.GetUtcNow() + Hour, "It is not."));
        await _time.PassAsync(2 * Hour);
        await _time.PassAsync(11 * Day);

        (await CountAsync(ticket, TicketAlert.ResolutionBreached)).ShouldBe(2);
        (await CountAsync(ticket, TicketAlert.ResolutionWarning)).ShouldBe(2);
    }

    [Fact]
    public async Task A_clock_that_stands_still_warns_of_nothing_and_is_due_later()
    {
        var ticket = await api.AssignedAsync();
        await api.As(api.World.Moderator).ActAsync(ticket.Id, "postpone", new ReasonedActionRequest("Later."));
        var due = ticket.Sla!.DueAt!.Value;

        await _time.PassAsync(10 * Day);
        (await CountAsync(ticket, TicketAlert.ResolutionWarning)).ShouldBe(0);
        var restarted = await api.As(api.World.Moderator).ActAsync(ticket.Id, "restart");

        (restarted.Sla!.DueAt!.Value - due).ShouldBe(10 * Day, TimeSpan.FromMinutes(1));
        await _time.PassAsync(2 * Day);
        (await CountAsync(ticket, TicketAlert.ResolutionBreached)).ShouldBe(1);
    }

    [Fact]
    public async Task Approvers_are_reminded_every_day_until_they_decide()
    {
        var ticket = await WaitingAsync();
        for (var day = 1; day <= 3; day++)
        {
            await _time.PassAsync(Day + Minute);
            (await CountAsync(ticket, TicketAlert.ApprovalReminder)).ShouldBe(day);
        }

        await api.As(api.World.Approver).ActAsync(ticket.Id, "approve");
        await _time.PassAsync(2 * Day);
        (await CountAsync(ticket, TicketAlert.ApprovalReminder)).ShouldBe(3);
    }

    [Fact]
    public async Task A_postponement_in_between_leaves_no_reminder_out_and_repeats_none()
    {
        var ticket = await WaitingAsync();
        await _time.PassAsync(Day + Minute);
        await _time.PassAsync(Day);
        await api.As(api.World.Moderator).ActAsync(ticket.Id, "postpone", new ReasonedActionRequest("Later."));
        await api.As(api.World.Moderator).ActAsync(ticket.Id, "restart");
        await _time.SettledAsync();
        (await CountAsync(ticket, TicketAlert.ApprovalReminder)).ShouldBe(2);

        await _time.PassAsync(Day);
        (await CountAsync(ticket, TicketAlert.ApprovalReminder)).ShouldBe(3);
        await _time.PassAsync(Day);
        (await CountAsync(ticket, TicketAlert.ApprovalReminder)).ShouldBe(4);
    }

    [Fact]
    public async Task A_postponed_ticket_is_reminded_of_every_three_days_and_escalated_from_the_third_time_on()
    {
        var ticket = await api.AssignedAsync();
        await api.As(api.World.Moderator).ActAsync(ticket.Id, "postpone", new ReasonedActionRequest("Later."));

        var told = new List<(long Reminders, long Escalations)>();
        for (var i = 0; i < 5; i++)
        {
            await _time.PassAsync((3 * Day) + Minute);
            told.Add((await CountAsync(ticket, TicketAlert.PostponeReminder), await CountAsync(ticket, TicketAlert.PostponeEscalated)));
        }

        told.ShouldBe([(1, 0), (2, 0), (2, 1), (2, 2), (2, 3)]);
        await api.As(api.World.Moderator).ActAsync(ticket.Id, "restart");
        await _time.PassAsync(4 * Day);
        (await CountAsync(ticket, TicketAlert.PostponeEscalated)).ShouldBe(3);
    }

    [Fact]
    public async Task A_resolved_ticket_is_reminded_of_after_a_day_and_closed_after_three_confirmed_or_not()
    {
        var (ticket, confirmed, reworked) = (await api.ResolvedAsync(), await api.ResolvedAsync(), await api.ResolvedAsync());
        await api.As(api.World.Requester).ActAsync(confirmed.Id, "confirm", new ConfirmTicketRequest(5));
        await api.As(api.World.Requester).ActAsync(reworked.Id, "rework", new ReasonedActionRequest("It still smokes."));

        await _time.PassAsync(Day + Minute);
        (await CountAsync(ticket, TicketAlert.AutoCloseReminder)).ShouldBe(1);
        (await SeeAsync(ticket.Id)).Status.ShouldBe(TicketStatus.Resolved);
        await _time.PassAsync(2 * Day);

        foreach (var id in new[] { ticket.Id, confirmed.Id })
        {
            var closed = await SeeAsync(id);
            (closed.Status, closed.ClosedReason).ShouldBe((TicketStatus.Closed, ClosedReason.Auto));
        }

        (await SeeAsync(reworked.Id)).Status.ShouldBe(TicketStatus.InProgress);
        (await CountAsync(reworked, TicketAlert.AutoCloseReminder)).ShouldBe(0);
        (await CountAsync(ticket, TicketAlert.AutoCloseReminder)).ShouldBe(1);
        (await api.EventsAsync(ticket.Id)).Count(e => e == "ticket.closed.v1").ShouldBe(1);
    }

    [Fact]
    public async Task A_resolved_ticket_with_open_sub_tickets_is_left_to_the_moderators()
    {
        var ticket = await api.InProgressAsync();
        await api.As(api.World.Moderator).ActAsync(ticket.Id, "split", new SplitTicketRequest([new("A part", api.World.Finance)]));
        await api.As(api.World.ItHead).ActAsync(ticket.Id, "complete", new CompleteTicketRequest("Done."));

        await _time.PassAsync((3 * Day) + Minute);
        await _time.PassAsync(3 * Day);

        (await SeeAsync(ticket.Id)).Status.ShouldBe(TicketStatus.Resolved);
        (await CountAsync(ticket, TicketAlert.AutoCloseBlocked)).ShouldBe(1);
    }

    [Fact]
    public async Task A_draft_lasts_seven_days_from_the_last_edit()
    {
        var requester = api.As(api.World.Requester);
        var draft = await requester.DoAsync<TicketView>(HttpMethod.Post, TicketActs.Path, TicketActs.New(api.World.It));
        await _time.PassAsync(6 * Day);
        using var edited = await api.As(api.World.Requester).PatchAsync($"{TicketActs.Path}/{draft.Id}", new { title = "Another title" });
        await edited.ReadAsync<TicketView>();
        await _time.PassAsync((7 * Day) - Minute);
        (await api.As(api.World.Requester).TicketAsync(draft.Id)).Title.ShouldBe("Another title");

        await _time.PassAsync(2 * Minute);
        await api.As(api.World.Requester).GetAsync($"{TicketActs.Path}/{draft.Id}").ShouldBeAsync(HttpStatusCode.NotFound);
        (await api.EventsAsync(draft.Id)).ShouldBe(["ticket.drafted.v1", "ticket.edited.v1", "ticket.discarded.v1"]);
    }

    [Fact]
    public async Task A_change_that_the_head_says_nothing_to_counts_as_acknowledged_after_two_days()
    {
        var (silent, disputed) = (await api.AssignedAsync(), await api.AssignedAsync());
        foreach (var ticket in new[] { silent, disputed })
            await api.As(api.World.Moderator).ActAsync(ticket.Id, "change_priority", new ChangePriorityRequest(Priority.High));
        await api.As(api.World.ItHead).ActAsync(disputed.Id, "dispute_sla", new ReasonedActionRequest("Not to be done."));

        await _time.PassAsync((2 * Day) - Minute);
        (await SeeAsync(silent.Id)).SlaAnswer.ShouldBe(SlaAckState.Pending);
        await _time.PassAsync(2 * Minute);

        (await SeeAsync(silent.Id)).SlaAnswer.ShouldBe(SlaAckState.AutoAcknowledged);
        (await SeeAsync(disputed.Id)).SlaAnswer.ShouldBe(SlaAckState.Disputed);
        (await api.EventsAsync(silent.Id)).Count(e => e == "ticket.sla_answered.v1").ShouldBe(1);
    }

    [Fact]
    public async Task Whoever_queues_first_gets_the_first_room_that_comes()
    {
        var tickets = new List<TicketView>();
        for (var i = 0; i < 4; i++)
            tickets.Add(await api.AssignedAsync(api.World.Small));
        tickets.Select(t => t.QueuedAt is null).ShouldBe([true, false, false, false]);
        var head = api.As(api.World.HeadOf(api.World.Small));

        // Asking once more does not cost the place in the queue.
        (await api.As(api.World.Moderator).ActAsync(tickets[1].Id, "assign")).QueuedAt.ShouldBe(tickets[1].QueuedAt);

        await head.ActAsync(tickets[0].Id, "start");
        await head.ActAsync(tickets[0].Id, "complete", new CompleteTicketRequest("Done."));
        await Eventually.ShouldAsync(async () => (await SeeAsync(tickets[1].Id)).Status == TicketStatus.Assigned);
        (await SeeAsync(tickets[2].Id)).QueuedAt.ShouldNotBeNull();

        // The one that waits behind, when somebody takes the first out of the queue.
        await api.As(api.World.Moderator).ActAsync(tickets[2].Id, "reject", new RejectTicketRequest("Not ours."));
        await api.As(api.World.Moderator).ActAsync(tickets[1].Id, "force_close", new ReasonedActionRequest("Enough."));
        await Eventually.ShouldAsync(async () => (await SeeAsync(tickets[3].Id)).Status == TicketStatus.Assigned);
    }

    [Fact]
    public async Task Two_instances_carry_everything_out_once()
    {
        await using var another = await api.StartAnotherAsync();
        var resolved = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => api.ResolvedAsync()));
        var waiting = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => WaitingAsync()));
        var submitted = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => api.SubmittedAsync()));

        await _time.PassAsync(Day + Minute);
        await _time.PassAsync(2 * Day);

        foreach (var ticket in resolved)
            (await api.EventsAsync(ticket.Id)).Count(e => e == "ticket.closed.v1").ShouldBe(1);
        foreach (var ticket in waiting)
            (await CountAsync(ticket, TicketAlert.ApprovalReminder)).ShouldBe(2);
        foreach (var ticket in submitted)
        {
            (await api.EventsAsync(ticket.Id)).ShouldBe(["ticket.drafted.v1", "ticket.submitted.v1", "ticket.enqueued.v1"]);
            (await CountAsync(ticket, TicketAlert.Unreviewed)).ShouldBe(1);
            (await CountAsync(ticket, TicketAlert.ResponseBreached)).ShouldBe(1);
        }
    }

    [Fact]
    public async Task After_a_month_without_the_service_nothing_is_forgotten_and_nothing_is_done_twice()
    {
        var draft = await api.As(api.World.Requester).DoAsync<TicketView>(HttpMethod.Post, TicketActs.Path, TicketActs.New(api.World.It));
        var (submitted, assigned, resolved) = (await api.SubmittedAsync(), await api.AssignedAsync(), await api.ResolvedAsync());
        var (waiting, postponed, changed) = (await WaitingAsync(), await api.AssignedAsync(), await api.AssignedAsync());
        await api.As(api.World.Moderator).ActAsync(postponed.Id, "postpone", new ReasonedActionRequest("Later."));
        await api.As(api.World.Moderator).ActAsync(changed.Id, "change_priority", new ChangePriorityRequest(Priority.Urgent));

        await api.StopTicketsAsync();
        api.Clock.Advance(30 * Day);
        await api.StartTicketsAsync();
        await _time.SettledAsync();

        await api.As(api.World.Requester).GetAsync($"{TicketActs.Path}/{draft.Id}").ShouldBeAsync(HttpStatusCode.NotFound);
        (await SeeAsync(submitted.Id)).Status.ShouldBe(TicketStatus.Pending);
        (await SeeAsync(resolved.Id)).ClosedReason.ShouldBe(ClosedReason.Auto);
        (await SeeAsync(changed.Id)).SlaAnswer.ShouldBe(SlaAckState.AutoAcknowledged);
        foreach (var (ticket, alert) in new[]
        {
            (submitted, TicketAlert.Unreviewed), (submitted, TicketAlert.ResponseWarning), (submitted, TicketAlert.ResponseBreached),
            (assigned, TicketAlert.Unacknowledged), (assigned, TicketAlert.ResolutionWarning), (assigned, TicketAlert.ResolutionBreached),
            (resolved, TicketAlert.AutoCloseReminder), (waiting, TicketAlert.ApprovalReminder), (postponed, TicketAlert.PostponeEscalated),
        })
        {
            (await CountAsync(ticket, alert)).ShouldBe(1, $"{alert}");
        }

        // And it goes on as it would have.
        await _time.PassAsync(Day);
        (await CountAsync(waiting, TicketAlert.ApprovalReminder)).ShouldBe(2);
        await _time.PassAsync(3 * Day);
        (await CountAsync(postponed, TicketAlert.PostponeEscalated)).ShouldBe(2);
    }

    async Task<TicketView> WaitingAsync() => await api.As(api.World.FinanceHead)
        .ActAsync((await api.InProgressAsync(api.World.Finance)).Id, "request_approval", new RequestApprovalRequest([new([api.World.Approver.Id])]));

    Task<TicketView> SeeAsync(Guid id) => api.As(api.World.Moderator).TicketAsync(id);

    /// <summary>How often people were told of it.</summary>
    Task<long> CountAsync(TicketView ticket, TicketAlert kind) => api.Database.ScalarAsync<long>(
        "SELECT count(*) FROM tickets_events WHERE type = 'ticket.alerted.v1' AND data->>'ticket_id' = @Id AND data->>'kind' = @Kind",
        new { Id = ticket.Id.ToString(), Kind = kind.Word() });
}
