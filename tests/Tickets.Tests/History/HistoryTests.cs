using System.Net;
using Hdms.Contracts;
using Hdms.Kit.Problems;

namespace Hdms.Tickets.Tests.History;

public sealed class HistoryTests(TicketsApi api) : IClassFixture<TicketsApi>
{
    [Fact]
    public async Task A_ticket_can_be_read_as_it_was_at_any_time()
    {
        var ticket = await api.SubmittedAsync();
        var before = api.Clock.GetUtcNow();
        api.Clock.Advance(TimeSpan.FromMinutes(1));
        await api.As(api.World.Moderator).ActAsync(ticket.Id, "change_priority", new ChangePriorityRequest(Priority.Urgent));

        var then = await api.As(api.World.Requester).ReadAsync<TicketView>($"{TicketActs.Path}/{ticket.Number}?asOf={Uri.EscapeDataString(before.ToString("O"))}");

        then.Priority.ShouldBe(Priority.Medium);
        (await api.As(api.World.Requester).TicketAsync(ticket.Id)).Priority.ShouldBe(Priority.Urgent);
        await api.As(api.World.Requester).GetAsync($"{TicketActs.Path}/{ticket.Id}?asOf=2020-01-01T00:00:00Z").ShouldBeAsync(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task The_history_tells_who_did_what_and_why_and_what_it_was_before()
    {
        var ticket = await api.SubmittedAsync();
        await api.As(api.World.Moderator).ActAsync(ticket.Id, "reject", new RejectTicketRequest("Not ours."));

        var history = await HistoryAsync(api.World.Moderator, ticket.Id);

        history[0].ShouldSatisfyAllConditions(
            e => e.Type.ShouldBe("ticket.rejected.v1"),
            e => e.ActorName.ShouldBe("MOD-1 Tester"),
            e => e.Reason.ShouldBe("Not ours."),
            e => e.Address.ShouldBeNull("a moderator does not see from where somebody came"),
            e => e.After!.Value.GetProperty("status").GetString().ShouldBe("rejected"));
        (await HistoryAsync(api.World.Admin, ticket.Id))[0].Address.ShouldNotBeNull();
    }

    [Theory]
    [InlineData("start", "forbidden")]
    [InlineData("withdraw", "forbidden")]
    [InlineData("confirm", "invalid_transition")]
    public async Task A_refused_attempt_is_recorded_and_takes_no_version(string action, string code)
    {
        var ticket = await api.SubmittedAsync();
        var before = (await api.As(api.World.Requester).TicketAsync(ticket.Id)).Version;

        using var refused = await api.As(api.World.Requester).TryAsync(ticket.Id, action);

        refused.IsSuccessStatusCode.ShouldBeFalse();
        var denied = (await HistoryAsync(api.World.Admin, ticket.Id)).Where(e => e.Outcome == AuditOutcome.Denied).ShouldHaveSingleItem();
        denied.Version.ShouldBeNull();
        denied.Data.GetProperty("action").GetString().ShouldBe(action);
        denied.Data.GetProperty("code").GetString().ShouldBe(code);
        (await api.EventsAsync(ticket.Id)).Count.ShouldBeGreaterThanOrEqualTo((int)before);
    }

    [Fact]
    public async Task Who_keeps_trying_what_they_may_not_do_is_told_of_once_for_ten_times()
    {
        var ticket = await api.SubmittedAsync();
        for (var i = 0; i < 11; i++)
        {
            await api.As(api.World.ItHead).TryAsync(ticket.Id, "close").ShouldBeAsync(Codes.Forbidden);
        }

        (await api.Database.ScalarAsync<long>("SELECT count(*) FROM tickets_events WHERE type = 'security.alerted.v1' AND data ->> 'user_id' = @id", new { id = api.World.ItHead.Id.ToString() })).ShouldBe(1);
    }

    [Fact]
    public async Task A_requester_does_not_read_the_history()
    {
        var ticket = await api.SubmittedAsync();

        await api.As(api.World.Requester).GetAsync($"{TicketActs.Path}/{ticket.Id}/history").ShouldBeAsync(Codes.Forbidden);
        await api.As(api.World.Stranger).GetAsync($"{TicketActs.Path}/{ticket.Id}/history").ShouldBeAsync(Codes.NotFound);
        await api.As(api.World.Moderator).GetAsync("/api/v1/audit/tickets").ShouldBeAsync(Codes.Forbidden);
    }

    async Task<IReadOnlyList<AuditEntry>> HistoryAsync(TestUser reader, Guid ticket) =>
        (await api.As(reader).ReadAsync<CursorPage<AuditEntry>>($"{TicketActs.Path}/{ticket}/history?limit=50")).Data;
}
