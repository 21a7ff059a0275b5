using System.Net;
using Hdms.Contracts;
using Hdms.Kit.Problems;

namespace Hdms.Tickets.Tests.Organisation;

/// <summary>The users service is not away but takes every call and answers none.</summary>
public sealed class HangingUsersTests(TicketsApi api) : IClassFixture<TicketsApi>
{
    /// <summary>What one service waits for another at most: four tries of five seconds, and the pauses between them.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(25);

    [Fact]
    public async Task Tickets_are_raised_and_assigned_by_what_the_replica_knows()
    {
        var (requester, moderator) = (api.As(api.World.Requester), api.As(api.World.Moderator));
        await api.HangUsersAsync();
        try
        {
            var ticket = await requester.DoAsync<TicketView>(HttpMethod.Post, TicketActs.Path, TicketActs.New(api.World.It, submit: true)).WaitAsync(Patience, Ct);
            ticket.Number.ShouldNotBeNull();
            (await moderator.ActAsync(ticket.Id, "confirm_review").WaitAsync(Patience, Ct)).Assignee!.Id.ShouldBe(api.World.ItHead.Id);
            var elsewhere = await moderator.ActAsync(ticket.Id, "reassign", new ReassignTicketRequest("Theirs.", api.World.Finance)).WaitAsync(Patience, Ct);
            elsewhere.Assignee!.Id.ShouldBe(api.World.FinanceHead.Id);
            (await moderator.ActAsync(ticket.Id, "split", new SplitTicketRequest([new("A part", api.World.It)])).WaitAsync(Patience, Ct)).OpenSubTickets.ShouldBe(1);
        }
        finally
        {
            await api.StartUsersAsync();
        }
    }

    [Fact]
    public async Task What_the_replica_does_not_know_is_refused_for_a_while_and_nothing_is_half_done()
    {
        var (requester, moderator, head) = (api.As(api.World.Requester), api.As(api.World.Moderator), api.As(api.World.FinanceHead));
        var (ticket, atWork) = (await api.SubmittedAsync(), await api.InProgressAsync(api.World.Finance));
        await new Passing(api).SettledAsync();
        var before = await EverythingAsync();
        var nobody = Guid.NewGuid();
        await api.HangUsersAsync();
        try
        {
            foreach (var asked in new[]
            {
                requester.PostAsync(TicketActs.Path, TicketActs.New(nobody)),
                requester.PostAsync(TicketActs.Path, TicketActs.New(nobody, submit: true)),
                moderator.PostAsync(TicketActs.Path, TicketActs.New(api.World.It, submit: true) with { RequesterId = nobody }),
                moderator.TryAsync(ticket.Id, "confirm_review", new { department_id = nobody, title = "Another title" }),
                moderator.TryAsync(atWork.Id, "reassign", new ReassignTicketRequest("Theirs.", nobody)),
                moderator.TryAsync(atWork.Id, "split", new SplitTicketRequest([new("A part", api.World.It), new("Another", nobody)])),
                head.TryAsync(atWork.Id, "request_approval", new RequestApprovalRequest([new([api.World.Approver.Id, nobody])])),
            })
            {
                using var answer = await asked.WaitAsync(Patience, Ct);
                await Task.FromResult(answer).ShouldBeAsync(Codes.ReferenceUnavailable);
                answer.Headers.RetryAfter!.Delta!.Value.ShouldBeGreaterThan(TimeSpan.Zero);
            }
        }
        finally
        {
            await api.StartUsersAsync();
        }

        (await EverythingAsync()).ShouldBe(before);
        await moderator.TryAsync(ticket.Id, "confirm_review").ShouldBeAsync(HttpStatusCode.OK);
    }

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>All tickets and what hangs on them, and how many changes were told of.</summary>
    Task<string?> EverythingAsync() => api.Database.ScalarAsync<string>(
        """
        SELECT concat_ws(E'\n',
          (SELECT string_agg(t::text, E'\n' ORDER BY id) FROM tickets AS t), (SELECT string_agg(s::text, E'\n' ORDER BY id) FROM sub_tickets AS s),
          (SELECT string_agg(a::text, E'\n' ORDER BY id) FROM approvals AS a), (SELECT string_agg(c::text, E'\n' ORDER BY year) FROM ticket_counters AS c),
          (SELECT count(*)::text FROM tickets_events WHERE stream_version IS NOT NULL))
        """);
}
