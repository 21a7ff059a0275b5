using System.Net;
using System.Text.Json;
using Hdms.Contracts;
using Hdms.Kit.Problems;

namespace Hdms.Tickets.Tests.Organisation;

/// <summary>People and departments, which are another service's: when it is away, when they are not there, and when they go.</summary>
public sealed class DirectoryTests(TicketsApi api) : IClassFixture<TicketsApi>
{
    static int _departments;

    [Fact]
    public async Task While_the_users_service_is_away_the_replica_answers_for_what_it_knows()
    {
        var (requester, moderator) = (api.As(api.World.Requester), api.As(api.World.Moderator));
        await api.StopUsersAsync();
        try
        {
            var ticket = await requester.DoAsync<TicketView>(HttpMethod.Post, TicketActs.Path, TicketActs.New(api.World.It, submit: true));
            (await moderator.ActAsync(ticket.Id, "confirm_review")).Assignee!.Id.ShouldBe(api.World.ItHead.Id);
        }
        finally
        {
            await api.StartUsersAsync();
        }
    }

    [Fact]
    public async Task While_it_is_away_nobody_can_tell_of_what_the_replica_does_not_know()
    {
        var (requester, moderator, head) = (api.As(api.World.Requester), api.As(api.World.Moderator), api.As(api.World.FinanceHead));
        var (ticket, atWork) = (await api.SubmittedAsync(), await api.InProgressAsync(api.World.Finance));
        await api.StopUsersAsync();
        try
        {
            foreach (var asked in new[]
            {
                requester.PostAsync(TicketActs.Path, TicketActs.New(Guid.NewGuid())),
                moderator.PostAsync(TicketActs.Path, TicketActs.New(api.World.It) with { RequesterId = Guid.NewGuid() }),
                moderator.TryAsync(ticket.Id, "confirm_review", new { department_id = Guid.NewGuid() }),
                head.TryAsync(atWork.Id, "request_approval", new RequestApprovalRequest([new([Guid.NewGuid()])])),
            })
            {
                using var answer = await asked;
                (await Task.FromResult(answer).ShouldBeAsync(Codes.ReferenceUnavailable)).ValueKind.ShouldBe(JsonValueKind.Object);
                answer.Headers.RetryAfter!.Delta!.Value.ShouldBeGreaterThan(TimeSpan.Zero);
            }
        }
        finally
        {
            await api.StartUsersAsync();
        }

        (await moderator.TicketAsync(ticket.Id)).Status.ShouldBeOneOf(TicketStatus.Submitted, TicketStatus.Pending);
    }

    [Fact]
    public async Task While_it_is_away_what_was_asked_a_moment_ago_is_still_known()
    {
        var (known, other) = (await OpenAsync(), await OpenAsync());
        var requester = api.As(api.World.Requester);
        await requester.DoAsync<TicketView>(HttpMethod.Post, TicketActs.Path, TicketActs.New(known.Id));
        await api.Database.ExecuteAsync("DELETE FROM tickets_replica_departments WHERE id IN (@one, @two)", new { one = known.Id, two = other.Id });
        await api.StopUsersAsync();
        try
        {
            await requester.PostAsync(TicketActs.Path, TicketActs.New(known.Id)).ShouldBeAsync(HttpStatusCode.Created);
            await requester.PostAsync(TicketActs.Path, TicketActs.New(other.Id)).ShouldBeAsync(Codes.ReferenceUnavailable);
        }
        finally
        {
            await api.StartUsersAsync();
            await api.Database.ExecuteAsync(
                """
                INSERT INTO tickets_replica_departments (id, name, code, head_id, total_capacity, queue_enabled, state, is_deleted, version)
                SELECT id, name, code, head_id, total_capacity, queue_enabled, state, is_deleted, version FROM departments ON CONFLICT DO NOTHING
                """);
        }
    }

    [Fact]
    public async Task Who_and_what_is_not_there_is_422_and_names_the_field()
    {
        var (ticket, atWork) = (await api.SubmittedAsync(), await api.InProgressAsync(api.World.Finance));
        var moderator = api.As(api.World.Moderator);
        var nobody = Guid.NewGuid();

        foreach (var (field, asked) in new (string, Task<HttpResponseMessage>)[]
        {
            ("requester_id", moderator.PostAsync(TicketActs.Path, TicketActs.New(api.World.It) with { RequesterId = nobody })),
            ("department_id", moderator.PostAsync(TicketActs.Path, TicketActs.New(nobody))),
            ("department_id", moderator.PostAsync(TicketActs.Path, TicketActs.New(nobody, submit: true))),
            ("department_id", moderator.PatchAsync($"{TicketActs.Path}/{ticket.Id}", new { department_id = nobody })),
            ("department_id", moderator.TryAsync(ticket.Id, "confirm_review", new { department_id = nobody })),
            ("department_id", moderator.TryAsync(atWork.Id, "reassign", new ReassignTicketRequest("Theirs.", nobody))),
            ("department_id", moderator.TryAsync(atWork.Id, "split", new SplitTicketRequest([new("A part", nobody)]))),
            ("chain", api.As(api.World.FinanceHead).TryAsync(atWork.Id, "request_approval", new RequestApprovalRequest([new([nobody])]))),
            ("chain", api.As(api.World.FinanceHead).TryAsync(atWork.Id, "request_approval", new RequestApprovalRequest([new([api.World.Stranger.Id])]))),
        })
        {
            (await asked.ShouldBeAsync(Codes.UnknownReference)).GetProperty("errors").TryGetProperty(field, out _).ShouldBeTrue(field);
        }
    }

    [Fact]
    public async Task A_department_without_a_head_takes_tickets_but_nobody_is_given_them()
    {
        var ticket = await api.SubmittedAsync(api.World.Headless);

        var problem = await api.As(api.World.Moderator).TryAsync(ticket.Id, "confirm_review").ShouldBeAsync(Codes.UnknownReference);

        problem.GetProperty("errors").TryGetProperty("department_id", out _).ShouldBeTrue();
        (await api.EventsAsync(ticket.Id)).ShouldNotContain("ticket.review_started.v1");
    }

    [Fact]
    public async Task A_department_that_closes_takes_no_tickets_any_more()
    {
        var department = await OpenAsync();
        var requester = api.As(api.World.Requester);
        var draft = await requester.DoAsync<TicketView>(HttpMethod.Post, TicketActs.Path, TicketActs.New(department.Id));
        var (submitted, elsewhere, atWork) = (await api.SubmittedAsync(department.Id), await api.AssignedAsync(), await AssignedAsync(department));
        using var closed = await api.UsersAsAdmin().PostAsync($"/api/v1/departments/{department.Id}/close", new { reason = "Merged with IT." });
        await closed.ReadAsync<DepartmentView>();

        var moderator = api.As(api.World.Moderator);
        foreach (var asked in new[]
        {
            requester.TryAsync(draft.Id, "submit"),
            requester.PostAsync(TicketActs.Path, TicketActs.New(department.Id, submit: true)),
            moderator.TryAsync(submitted.Id, "confirm_review"),
            moderator.TryAsync(elsewhere.Id, "reassign", new ReassignTicketRequest("Theirs.", department.Id)),
            moderator.TryAsync(elsewhere.Id, "split", new SplitTicketRequest([new("A part", department.Id)])),
        })
        {
            await asked.ShouldBeAsync(Codes.UnknownReference);
        }

        // What it has, it finishes.
        await api.As(department.Head).ActAsync(atWork.Id, "start");
        await api.As(department.Head).ActAsync(atWork.Id, "complete", new CompleteTicketRequest("Done."));
    }

    [Fact]
    public async Task When_the_head_is_deactivated_tickets_go_back_to_the_moderators()
    {
        var department = await OpenAsync();
        var (assigned, started, resolved) = (await AssignedAsync(department), await AssignedAsync(department), await AssignedAsync(department));
        foreach (var ticket in new[] { started, resolved })
            await api.As(department.Head).ActAsync(ticket.Id, "start");
        await api.As(department.Head).ActAsync(started.Id, "request_postpone", new ReasonedActionRequest("Later."));
        await api.As(department.Head).ActAsync(resolved.Id, "complete", new CompleteTicketRequest("Done."));
        await DeactivateAsync(department.Head);

        var moderator = api.As(api.World.Moderator);
        foreach (var ticket in new[] { assigned, started })
        {
            await Eventually.ShouldAsync(async () => (await moderator.TicketAsync(ticket.Id)).Status == TicketStatus.UnderReview);
            var returned = await moderator.TicketAsync(ticket.Id);
            (returned.Assignee, returned.PostponeRequested, returned.Sla!.IsPaused).ShouldBe((null, false, true));
            returned.AllowedActions.ShouldContain("assign");
        }

        (await moderator.TicketAsync(resolved.Id)).Status.ShouldBe(TicketStatus.Resolved);
        (await api.Database.ScalarAsync<long>("SELECT count(*) FROM ticket_requests WHERE ticket_id = @Id AND status = 'pending'", new { started.Id })).ShouldBe(0);
        await moderator.TryAsync(assigned.Id, "assign").ShouldBeAsync(Codes.UnknownReference);

        // Elsewhere the clock goes on with what it had left; a postponement in between does not set it going.
        await moderator.ActAsync(started.Id, "postpone", new ReasonedActionRequest("Nobody is there."));
        (await moderator.ActAsync(started.Id, "restart")).Sla!.IsPaused.ShouldBeTrue();
        (await moderator.ActAsync(started.Id, "assign", new AssignTicketRequest(api.World.It))).Sla!.IsPaused.ShouldBeFalse();
    }

    [Theory]
    [InlineData("confirm_review")]
    [InlineData("reassign")]
    [InlineData("split")]
    public async Task A_head_who_goes_while_work_is_given_to_them_is_given_none(string action)
    {
        var department = await OpenAsync();
        var moderator = api.As(api.World.Moderator);
        var ticket = action == "confirm_review" ? await api.SubmittedAsync() : await api.AssignedAsync();
        Task<HttpResponseMessage> given;

        // The owner has been asked, and nothing is written yet.
        await using (await api.HoldAsync("SELECT FROM tickets_replica_departments WHERE id = @id FOR UPDATE", department.Id))
        {
            given = moderator.TryAsync(ticket.Id, action, Giving(action, department.Id));
            await WaitingAsync("transactionid");
            await DeactivateAsync(department.Head);
            await Eventually.ShouldAsync(() => api.Database.ScalarAsync<bool>("SELECT NOT is_active FROM tickets_replica_users WHERE id = @Id", new { department.Head.Id })!);
            await PassedOnAsync();
        }

        await given.ShouldBeAsync(Codes.ReferenceUnavailable);
        (await AtWorkOfAsync(department.Head)).ShouldBe(0);

        // Asked again, their owner knows.
        await moderator.TryAsync(ticket.Id, action, Giving(action, department.Id)).ShouldBeAsync(Codes.UnknownReference);
    }

    [Fact]
    public async Task What_is_given_to_a_head_the_moment_before_they_go_is_passed_on()
    {
        var department = await OpenAsync();
        var moderator = api.As(api.World.Moderator);
        var ticket = await moderator.ActAsync((await api.SubmittedAsync()).Id, "review");
        Task<HttpResponseMessage> given;

        // Everything is looked at, and nothing committed yet.
        await using (await api.HoldAsync("LOCK TABLE sla_templates"))
        {
            given = moderator.TryAsync(ticket.Id, "assign", new AssignTicketRequest(department.Id));
            await WaitingAsync("relation");
            await DeactivateAsync(department.Head);
            await WaitingAsync("transactionid");
        }

        await given.ShouldBeAsync(HttpStatusCode.OK);
        await Eventually.ShouldAsync(async () => (await moderator.TicketAsync(ticket.Id)).Status == TicketStatus.UnderReview);
        (await api.EventsAsync(ticket.Id)).TakeLast(2).ShouldBe(["ticket.assigned.v1", "ticket.returned_to_queue.v1"]);
    }

    [Fact]
    public async Task Work_given_to_a_head_on_a_ticket_that_is_just_to_be_passed_on_is_given_and_passed_on_without_a_deadlock()
    {
        var department = await OpenAsync();
        var moderator = api.As(api.World.Moderator);
        var ticket = await AssignedAsync(department);
        var told = api.Log.Text.Length;

        // The request has the ticket, waits for the department, and comes to the head last.
        await using var held = await api.HoldAsync("SELECT FROM tickets_replica_departments WHERE id = @id FOR UPDATE", department.Id);
        var given = moderator.TryAsync(ticket.Id, "split", new SplitTicketRequest([new("A part", department.Id)]));
        await WaitingAsync("transactionid");

        // The reader that passes tickets on has the head and wants the ticket; nobody else hears of it.
        await using (await api.HoldReplicasAsync())
        {
            await DeactivateAsync(department.Head);
            await Eventually.ShouldAsync(() => Task.FromResult(Told().Contains("55P03", StringComparison.Ordinal)));
            await held.DisposeAsync();
            await given.ShouldBeAsync(HttpStatusCode.OK);
        }

        var successor = await RegisterAsync();
        await Eventually.ShouldAsync(async () => (await moderator.TicketAsync(ticket.Id)).Status == TicketStatus.UnderReview);
        await NameHeadAsync(department.Id, successor);
        await Eventually.ShouldAsync(async () => await AtWorkOfAsync(department.Head) == 0 && await AtWorkOfAsync(successor) == 1);
        (await api.EventsAsync(ticket.Id)).TakeLast(3).ShouldBe(["ticket.sub_tickets_changed.v1", "ticket.returned_to_queue.v1", "ticket.sub_tickets_changed.v1"]);
        Told().ShouldNotContain("40P01");

        string Told() => api.Log.Text[told..];
    }

    [Fact]
    public async Task A_head_of_whom_nobody_has_told_yet_is_given_work()
    {
        var department = await OpenAsync();
        var ticket = await api.SubmittedAsync(department.Id);
        await api.Database.ExecuteAsync("DELETE FROM tickets_replica_users WHERE id = @Id", new { department.Head.Id });

        (await api.As(api.World.Moderator).ActAsync(ticket.Id, "confirm_review")).Assignee!.Id.ShouldBe(department.Head.Id);
        await DeactivateAsync(department.Head);

        await Eventually.ShouldAsync(async () => (await api.As(api.World.Moderator).TicketAsync(ticket.Id)).Status == TicketStatus.UnderReview);
    }

    [Fact]
    public async Task What_is_undone_after_its_head_of_before_has_gone_is_the_moderators()
    {
        var department = await OpenAsync();
        var moderator = api.As(api.World.Moderator);
        var (ticket, marker) = (await AssignedAsync(department), await AssignedAsync(department));
        await moderator.ActAsync(ticket.Id, "reassign", new ReassignTicketRequest("Theirs.", api.World.It));
        await DeactivateAsync(department.Head);
        await Eventually.ShouldAsync(async () => (await moderator.TicketAsync(marker.Id)).Status == TicketStatus.UnderReview);

        var undone = await moderator.ActAsync(ticket.Id, "undo");

        (undone.Status, undone.Assignee, undone.Department!.Id).ShouldBe((TicketStatus.UnderReview, null, department.Id));
        (await api.EventsAsync(ticket.Id)).TakeLast(3).ShouldBe(["ticket.undone.v1", "ticket.restored.v1", "ticket.returned_to_queue.v1"]);
    }

    [Fact]
    public async Task When_an_approval_waits_and_the_head_is_deactivated_it_is_cancelled()
    {
        var department = await OpenAsync();
        var ticket = await AssignedAsync(department);
        await api.As(department.Head).ActAsync(ticket.Id, "start");
        // Last: whatever else the users service tells of the department puts its own code back.
        await api.ReplicasAsync();
        await api.Database.ExecuteAsync("UPDATE tickets_replica_departments SET code = 'FIN' WHERE id = @Id", new { department.Id });
        await api.As(department.Head).ActAsync(ticket.Id, "request_approval", new RequestApprovalRequest([new([api.World.Approver.Id]), new([api.World.Ceo.Id])]));

        await DeactivateAsync(department.Head);

        await Eventually.ShouldAsync(async () => (await api.As(api.World.Moderator).TicketAsync(ticket.Id)).Status == TicketStatus.UnderReview);
        (await api.Database.QueryAsync<string>("SELECT status FROM approvals WHERE ticket_id = @Id", new { ticket.Id })).ShouldBe(["cancelled", "cancelled"]);
    }

    [Fact]
    public async Task When_the_head_is_deactivated_and_there_is_another_one_already_tickets_go_there()
    {
        for (var i = 0; i < 3; i++)
        {
            var department = await OpenAsync();
            var ticket = await AssignedAsync(department);
            await api.As(department.Head).ActAsync(ticket.Id, "acknowledge");
            var successor = await RegisterAsync();
            await NameHeadAsync(department.Id, successor);
            await api.ReplicasAsync();

            await DeactivateAsync(department.Head);

            var moderator = api.As(api.World.Moderator);
            await Eventually.ShouldAsync(async () => (await moderator.TicketAsync(ticket.Id)).Assignee?.Id != department.Head.Id);
            var passed = await moderator.TicketAsync(ticket.Id);
            (passed.Status, passed.Assignee?.Id, passed.AcknowledgedAt).ShouldBe((TicketStatus.Assigned, successor.Id, null));
        }
    }

    [Fact]
    public async Task Another_head_who_came_the_moment_before_the_old_one_went_is_not_missed()
    {
        var department = await OpenAsync();
        var (assigned, postponed) = (await AssignedAsync(department), await AssignedAsync(department));
        var moderator = api.As(api.World.Moderator);
        await moderator.ActAsync(postponed.Id, "postpone", new ReasonedActionRequest("Later."));

        // Nobody but the reader that passes tickets on hears of them.
        await using (await api.HoldReplicasAsync())
        {
            var successor = await RegisterAsync();
            await NameHeadAsync(department.Id, successor);
            await DeactivateAsync(department.Head);

            foreach (var (ticket, status) in new[] { (assigned, TicketStatus.Assigned), (postponed, TicketStatus.Postponed) })
            {
                await Eventually.ShouldAsync(async () => (await moderator.TicketAsync(ticket.Id)).Assignee?.Id != department.Head.Id);
                var passed = await moderator.TicketAsync(ticket.Id);
                (passed.Status, passed.Assignee?.Id).ShouldBe((status, successor.Id));
            }
        }
    }

    [Fact]
    public async Task What_is_postponed_when_its_head_goes_stays_so_and_is_the_moderators_when_it_goes_on()
    {
        var department = await OpenAsync();
        var moderator = api.As(api.World.Moderator);
        var (postponed, atWork) = (await AssignedAsync(department), await AssignedAsync(department));
        await api.As(department.Head).ActAsync(postponed.Id, "start");
        await moderator.ActAsync(postponed.Id, "postpone", new ReasonedActionRequest("Later."));
        await DeactivateAsync(department.Head);
        await Eventually.ShouldAsync(async () => (await moderator.TicketAsync(atWork.Id)).Status == TicketStatus.UnderReview);

        (await moderator.TicketAsync(postponed.Id)).Status.ShouldBe(TicketStatus.Postponed);
        var back = await moderator.ActAsync(postponed.Id, "restart");

        (back.Status, back.Assignee, back.Sla!.IsPaused).ShouldBe((TicketStatus.UnderReview, null, true));
        back.AllowedActions.ShouldContain("assign");
        (await api.EventsAsync(postponed.Id)).TakeLast(2).ShouldBe(["ticket.restarted.v1", "ticket.returned_to_queue.v1"]);
        (await moderator.ActAsync(postponed.Id, "assign", new AssignTicketRequest(api.World.It))).Sla!.IsPaused.ShouldBeFalse();
    }

    [Fact]
    public async Task What_is_postponed_when_its_head_goes_is_the_next_heads_as_soon_as_there_is_one()
    {
        var department = await OpenAsync();
        var moderator = api.As(api.World.Moderator);
        var (postponed, atWork) = (await AssignedAsync(department), await AssignedAsync(department));
        await moderator.ActAsync(postponed.Id, "postpone", new ReasonedActionRequest("Later."));
        await DeactivateAsync(department.Head);
        await Eventually.ShouldAsync(async () => (await moderator.TicketAsync(atWork.Id)).Status == TicketStatus.UnderReview);

        var successor = await RegisterAsync();
        await NameHeadAsync(department.Id, successor);

        await Eventually.ShouldAsync(async () => (await moderator.TicketAsync(postponed.Id)).Assignee?.Id == successor.Id);
        (await moderator.TicketAsync(postponed.Id)).Status.ShouldBe(TicketStatus.Postponed);
        var back = await api.As(successor with { DepartmentId = department.Id }).ActAsync(postponed.Id, "restart");
        (back.Status, back.Assignee?.Id).ShouldBe((TicketStatus.Assigned, successor.Id));
    }

    [Fact]
    public async Task What_is_sent_back_to_work_after_its_head_went_is_the_departments_head_of_now()
    {
        var department = await OpenAsync();
        var ticket = await AssignedAsync(department);
        await api.As(department.Head).ActAsync(ticket.Id, "start");
        await api.As(department.Head).ActAsync(ticket.Id, "complete", new CompleteTicketRequest("Done."));
        var marker = await AssignedAsync(department);
        await DeactivateAsync(department.Head);
        await Eventually.ShouldAsync(async () => (await api.As(api.World.Moderator).TicketAsync(marker.Id)).Status == TicketStatus.UnderReview);
        var successor = await RegisterAsync();
        await NameHeadAsync(department.Id, successor);
        await api.ReplicasAsync();

        var again = await api.As(api.World.Requester).ActAsync(ticket.Id, "rework", new ReasonedActionRequest("It is not done."));

        (again.Status, again.Assignee?.Id, again.AcknowledgedAt).ShouldBe((TicketStatus.InProgress, successor.Id, null));
    }

    [Fact]
    public async Task More_room_in_a_department_is_filled_from_its_queue()
    {
        for (var i = 0; i < 3; i++)
        {
            var department = await OpenAsync(capacity: 1, queue: true);
            await AssignedAsync(department);
            var waiting = await AssignedAsync(department);
            waiting.QueuedAt.ShouldNotBeNull();

            using var changed = await api.UsersAsAdmin().PatchAsync($"/api/v1/departments/{department.Id}", new { total_capacity = 2 });
            await changed.ReadAsync<DepartmentView>();

            await Eventually.ShouldAsync(async () => (await api.As(api.World.Moderator).TicketAsync(waiting.Id)).Status == TicketStatus.Assigned);
        }
    }

    [Fact]
    public async Task Tickets_of_people_who_are_deleted_stay_and_are_listed()
    {
        var person = await RegisterAsync();
        var ticket = await api.As(api.World.Moderator).DoAsync<TicketView>(
            HttpMethod.Post, TicketActs.Path, TicketActs.New(api.World.It, submit: true) with { RequesterId = person.Id });
        await api.UsersAsAdmin().SendAsync(HttpMethod.Delete, $"/api/v1/users/{person.Id}").ShouldBeAsync(HttpStatusCode.NoContent);

        await Eventually.ShouldAsync(() => api.Database.ScalarAsync<bool>(
            "SELECT EXISTS (SELECT FROM tickets_dangling WHERE row_id = @Id AND reference = 'tickets.requester_id')", new { ticket.Id }));
        (await api.As(api.World.Moderator).TicketAsync(ticket.Id)).Version.ShouldBeGreaterThan(0);
        using var findings = await api.As(api.World.Admin).GetAsync("/api/v1/tickets/doctor");
        (await findings.Content.ReadAsStringAsync()).ShouldContain(ticket.Id.ToString());
    }

    async Task<(Guid Id, TestUser Head)> OpenAsync(int capacity = 100, bool queue = false)
    {
        var head = await RegisterAsync();
        var code = $"D{Interlocked.Increment(ref _departments)}";
        var department = await api.UsersAsAdmin().DoAsync<DepartmentView>(
            HttpMethod.Post, "/api/v1/departments", new OpenDepartmentRequest($"Department {code}", code, head.Id, capacity, queue));
        await api.ReplicasAsync();
        return (department.Id, head with { DepartmentId = department.Id });
    }

    /// <summary>Somebody new who may be a head.</summary>
    async Task<TestUser> RegisterAsync()
    {
        var code = $"X-{Guid.NewGuid().ToString("N")[..8]}";
        var user = await api.UsersAsAdmin().DoAsync<UserView>(
            HttpMethod.Post, "/api/v1/users", new RegisterUserRequest(code, "New", "Head", Role: Role.Assignee, HelpdeskAuthorized: true));
        return new TestUser(user.Id, code, Role.Assignee, null, false, false);
    }

    async Task NameHeadAsync(Guid department, TestUser head)
    {
        using var changed = await api.UsersAsAdmin().PatchAsync($"/api/v1/departments/{department}", new { head_id = head.Id });
        await changed.ReadAsync<DepartmentView>();
    }

    async Task DeactivateAsync(TestUser user)
    {
        using var answer = await api.UsersAsAdmin().PostAsync($"/api/v1/users/{user.Id}/deactivate", new { reason = "Left." });
        await answer.ReadAsync<UserView>();
    }

    static object Giving(string action, Guid department) => action switch
    {
        "split" => new SplitTicketRequest([new("A part", department)]),
        "reassign" => new ReassignTicketRequest("Theirs.", department),
        _ => new { department_id = department },
    };

    /// <summary>Until a transaction waits for somebody else's lock: on a relation, or (transactionid) on a row.</summary>
    Task WaitingAsync(string kind) => Eventually.ShouldAsync(() => api.Database.ScalarAsync<bool>(
        """
        SELECT EXISTS (SELECT FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND locktype = @kind AND datname = current_database())
        """,
        new { kind })!);

    /// <summary>Until the reader that passes tickets on has heard of everything.</summary>
    Task PassedOnAsync() => Eventually.ShouldAsync(() => api.Database.ScalarAsync<bool>(
        "SELECT position >= (SELECT max(position) FROM users_events WHERE stream_version IS NOT NULL) FROM tickets_cursors WHERE reader = 'heads'")!);

    Task<long> AtWorkOfAsync(TestUser head) => api.Database.ScalarAsync<long>(
        "SELECT (SELECT count(*) FROM tickets WHERE assignee_id = @Id) + (SELECT count(*) FROM sub_tickets WHERE assignee_id = @Id)", new { head.Id });

    async Task<TicketView> AssignedAsync((Guid Id, TestUser Head) department) =>
        await api.As(api.World.Moderator).ActAsync((await api.SubmittedAsync(department.Id)).Id, "confirm_review");
}
