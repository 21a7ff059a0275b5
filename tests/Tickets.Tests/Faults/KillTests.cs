using Dapper;
using Hdms.Contracts;
using Hdms.Tickets.Tests.Walks;
using Npgsql;

namespace Hdms.Tickets.Tests.Faults;

/// <summary>The service killed in the middle of what consists of several steps: all of it happens or nothing, and asking again with the same key does it once.</summary>
[Trait("Category", "Long")]
public sealed class KillTests(TicketsApi api) : IClassFixture<TicketsApi>
{
    const int Gate = 4242;

    /// <param name="action">What is asked for.</param>
    /// <param name="table">Where the process is stopped: at its first row there that fits.</param>
    /// <param name="when">Which row that is; the others of the action are written by then.</param>
    [Theory]
    [InlineData("submit", "tickets", "NEW.status = 'submitted'")]
    [InlineData("confirm_review", "tickets", "NEW.status = 'under_review'")]
    [InlineData("confirm_review", "tickets", "NEW.status = 'assigned'")]
    [InlineData("confirm_review", "undo_entries", "true")]
    [InlineData("force_close", "sub_tickets", "NEW.number_in_parent = 2")]
    [InlineData("force_close", "tickets", "NEW.status = 'closed'")]
    [InlineData("split", "sub_tickets", "NEW.number_in_parent = 2")]
    [InlineData("split", "tickets", "NEW.sub_tickets = 2")]
    [InlineData("approve", "approvals", "NEW.status = 'approved'")]
    [InlineData("approve", "tickets", "NEW.status = 'approved'")]
    [InlineData("approve", "tickets", "NEW.status = 'resolved'")]
    [InlineData("undo", "tickets", "NEW.status = OLD.status")]
    [InlineData("undo", "tickets", "NEW.status <> OLD.status")]
    public async Task Killed_in_the_middle_of_an_action_all_of_it_is_done_or_nothing(string action, string table, string when)
    {
        var (ticket, user, body) = await PreparedAsync(action);
        await SettledAsync();
        var before = await HeldAsync(ticket.Id);
        var key = Guid.NewGuid().ToString();
        using (var process = await TicketsProcess.StartAsync(api))
        using (var client = process.As(api.As(user)))
            await KillAtAsync(process, table, when, () => client.SendAsync(HttpMethod.Post, Path(ticket.Id, action), body, key: key));

        // Nobody had sent the COMMIT yet.
        var after = await HeldAsync(ticket.Id);
        after.ShouldHold();
        (after.Row, after.Events.Count, after.PendingApprovals, after.OpenSubTickets).ShouldBe((before.Row, before.Events.Count, before.PendingApprovals, before.OpenSubTickets));

        using var again = await api.As(user).SendAsync(HttpMethod.Post, Path(ticket.Id, action), body, key: key);
        var view = await again.ReadAsync<TicketView>();
        await SettledAsync();
        var done = await HeldAsync(ticket.Id);
        done.ShouldHold();
        ShouldBeDone(action, view);
        await NumbersShouldHaveNoGapAsync();
    }

    /// <param name="most">How many there may be of it then: the row is written with the COMMIT, which the server has by the time that it is there.</param>
    [Theory]
    [InlineData("ticket_counters", "true", 0)]
    [InlineData("tickets", "NEW.status = 'submitted'", 1)]
    public async Task Killed_in_the_middle_of_a_submission_on_creation_there_is_a_submitted_ticket_or_none(string table, string when, int most)
    {
        var (key, title) = (Guid.NewGuid().ToString(), $"Killed at {table}");
        var request = TicketActs.New(api.World.It, submit: true, title: title);
        using (var process = await TicketsProcess.StartAsync(api))
        using (var client = process.As(api.As(api.World.Requester)))
            await KillAtAsync(process, table, when, () => client.SendAsync(HttpMethod.Post, TicketActs.Path, request, key: key));

        (await CountAsync()).ShouldBeLessThanOrEqualTo(most);
        using var again = await api.As(api.World.Requester).SendAsync(HttpMethod.Post, TicketActs.Path, request, key: key);
        (await again.ReadAsync<TicketView>()).Number.ShouldNotBeNull();
        (await CountAsync()).ShouldBe(1);
        await NumbersShouldHaveNoGapAsync();

        Task<long> CountAsync() => api.Database.ScalarAsync<long>("SELECT count(*) FROM tickets WHERE title = @title", new { title });
    }

    /// <summary>Wherever it happens to be, at the COMMIT too.</summary>
    [Fact]
    public async Task Killed_at_any_moment_every_action_is_done_whole_or_not_at_all_and_once_when_it_is_asked_for_again()
    {
        string[] actions = ["submit", "confirm_review", "force_close", "split", "approve", "undo"];
        for (var round = 0; round < 2; round++)
        {
            var asked = new List<(string Action, TicketView Ticket, TestUser User, object? Body, string Key, Held Before)>();
            using (var process = await TicketsProcess.StartAsync(api))
            {
                // Warm, so that the actions are in the database at once.
                using (var warm = process.As(api.As(api.World.Moderator)))
                    await warm.TicketAsync((await api.SubmittedAsync()).Id);
                foreach (var action in actions.Concat(actions))
                {
                    var (ticket, user, body) = await PreparedAsync(action);
                    await SettledAsync();
                    asked.Add((action, ticket, user, body, Guid.NewGuid().ToString(), await HeldAsync(ticket.Id)));
                }

                var running = asked.Select(a => AskAsync(process, a.User, Path(a.Ticket.Id, a.Action), a.Body, a.Key)).ToArray();
                await Task.WhenAny([.. running, Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(400)), TestContext.Current.CancellationToken)]);
                process.Kill();
                await Task.WhenAll(running);
            }

            foreach (var (action, ticket, user, body, key, before) in asked)
            {
                // The row is free when what the killed one had begun is over.
                await api.Database.ExecuteAsync("SELECT FROM tickets WHERE id = @Id FOR UPDATE", new { ticket.Id });
                await SettledAsync();
                var after = await HeldAsync(ticket.Id);
                after.ShouldHold();
                using var again = await api.As(user).SendAsync(HttpMethod.Post, Path(ticket.Id, action), body, key: key);
                var view = await again.ReadAsync<TicketView>();
                ShouldBeDone(action, view);
                again.Headers.Contains("Idempotency-Replayed").ShouldBe(after.Version > before.Version, $"{action}: what was done was not kept, or what was kept was not done");
                await SettledAsync();
                (await HeldAsync(ticket.Id)).ShouldHold();
            }

            await NumbersShouldHaveNoGapAsync();
        }
    }

    static string Path(Guid ticket, string action) => $"{TicketActs.Path}/{ticket}/{action}";

    static async Task AskAsync(HttpClient client, string path, object? body, string key)
    {
        try
        {
            using var answer = await client.SendAsync(HttpMethod.Post, path, body, key: key);
        }
        catch (HttpRequestException)
        {
            // Nobody is there any more to answer.
        }
    }

    async Task AskAsync(TicketsProcess process, TestUser user, string path, object? body, string key)
    {
        using var client = process.As(api.As(user));
        await AskAsync(client, path, body, key);
    }

    /// <summary>Holds the process up where it writes such a row, kills it there, and lets the database go on.</summary>
    async Task KillAtAsync(TicketsProcess process, string table, string when, Func<Task<HttpResponseMessage>> ask)
    {
        await using var gate = new NpgsqlConnection(api.Database.ConnectionString);
        await gate.OpenAsync();
        await gate.ExecuteAsync(
            $"""
            SELECT pg_advisory_lock({Gate});
            CREATE FUNCTION hold_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock({Gate}); RETURN NEW; END $$;
            CREATE TRIGGER hold_up BEFORE {(when.Contains("OLD", StringComparison.Ordinal) ? "UPDATE" : table == "undo_entries" ? "INSERT" : "INSERT OR UPDATE")} ON {table} FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION hold_up();
            """);
        var asked = ask();
        await Eventually.ShouldAsync(async () => asked.IsCompleted
            ? throw new InvalidOperationException($"It was not held up: {await (await asked).Content.ReadAsStringAsync()}")
            : await api.Database.ScalarAsync<bool>($"SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = {Gate} AND NOT granted)"));
        process.Kill();
        await Should.ThrowAsync<HttpRequestException>(async () => await asked);
        await gate.ExecuteAsync($"SELECT pg_advisory_unlock({Gate})");
        await Eventually.ShouldAsync(() => api.Database.ScalarAsync<bool>($"SELECT NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = {Gate})"));
        await gate.ExecuteAsync($"DROP TRIGGER hold_up ON {table}; DROP FUNCTION hold_up()");
    }

    async Task<(TicketView Ticket, TestUser User, object? Body)> PreparedAsync(string action)
    {
        var world = api.World;
        var parts = new SplitTicketRequest([new("One part", world.Finance), new("Another", world.It)]);
        return action switch
        {
            "submit" => (await api.As(world.Requester).DoAsync<TicketView>(HttpMethod.Post, TicketActs.Path, TicketActs.New(world.It)), world.Requester, null),
            "confirm_review" => (await api.SubmittedAsync(), world.Moderator, new { title = "A better title" }),
            "force_close" => (await api.As(world.Moderator).ActAsync((await api.InProgressAsync()).Id, "split", parts), world.Moderator, new ReasonedActionRequest("Enough.")),
            "split" => (await api.InProgressAsync(), world.Moderator, parts),
            "approve" => (await api.As(world.FinanceHead).ActAsync(
                (await api.InProgressAsync(world.Finance)).Id, "request_approval", new RequestApprovalRequest([new([world.Approver.Id])])), world.Approver, null),
            "undo" => (await api.AssignedAsync(), world.Moderator, null),
            _ => throw new InvalidOperationException($"Nobody has said how {action} is tried."),
        };
    }

    static void ShouldBeDone(string action, TicketView view)
    {
        switch (action)
        {
            case "submit":
                view.Number.ShouldNotBeNull();
                break;
            case "confirm_review":
                (view.Status, view.Title).ShouldBe((TicketStatus.Assigned, "A better title"));
                break;
            case "force_close":
                (view.Status, view.SubTickets, view.OpenSubTickets).ShouldBe((TicketStatus.Closed, 2, 0));
                break;
            case "split":
                (view.SubTickets, view.OpenSubTickets).ShouldBe((2, 2));
                break;
            case "approve":
                view.Status.ShouldBe(TicketStatus.Resolved);
                break;
            case "undo":
                view.Status.ShouldBeOneOf(TicketStatus.Submitted, TicketStatus.Pending);
                break;
        }
    }

    async Task NumbersShouldHaveNoGapAsync() => (await api.Database.ScalarAsync<bool>(
        """
        SELECT bool_and(given = last AND highest = last)
        FROM ticket_counters JOIN (SELECT number_year AS year, count(*) AS given, max(number_in_year) AS highest FROM tickets GROUP BY 1) AS t USING (year)
        """)).ShouldBeTrue();

    Task SettledAsync() => new Passing(api).SettledAsync();

    async Task<Held> HeldAsync(Guid ticket)
    {
        await using var connection = new NpgsqlConnection(api.Database.ConnectionString);
        return await Held.ReadAsync(connection, ticket);
    }
}
