using System.Net;
using System.Text.Json;
using Hdms.Contracts;
using Hdms.Kit.Problems;

namespace Hdms.Tickets.Tests.Bulk;

public sealed class BulkTests(TicketsApi api) : IClassFixture<TicketsApi>
{
    const string Path = "/api/v1/tickets/bulk";

    HttpClient Moderator => api.As(api.World.Moderator);

    [Fact]
    public async Task Each_of_the_named_tickets_gets_its_own_result()
    {
        var good = await api.SubmittedAsync();
        var closed = await api.ClosedAsync();
        var unknown = Guid.NewGuid();

        var answer = await ActAsync(new BulkActRequest("review", Ids: [good.Id, closed.Id, unknown]));

        answer.Results.Select(r => (r.Id, r.Status, r.Error?.Code)).ShouldBe([(good.Id, 200, null), (closed.Id, 422, "invalid_transition"), (unknown, 404, "not_found")]);
        (answer.Succeeded, answer.Failed).ShouldBe((1, 2));
        (await Moderator.TicketAsync(good.Id)).Status.ShouldBe(TicketStatus.UnderReview);
    }

    [Fact]
    public async Task The_actions_own_members_are_the_same_for_all_and_are_checked()
    {
        var one = await api.SubmittedAsync();
        var other = await api.SubmittedAsync();

        var refused = await ActAsync(new BulkActRequest("change_priority", Arguments(new { priority = "nonsense" }), [one.Id, other.Id]));
        refused.Failed.ShouldBe(2);
        await ActAsync(new BulkActRequest("change_priority", Arguments(new { priority = "urgent" }), [one.Id, other.Id]));

        foreach (var ticket in new[] { one, other })
            (await Moderator.TicketAsync(ticket.Id)).Priority.ShouldBe(Priority.Urgent);
    }

    [Fact]
    public async Task A_request_sent_again_under_its_key_changes_nothing_a_second_time()
    {
        var ticket = await api.SubmittedAsync();
        var request = new BulkActRequest("change_priority", Arguments(new { priority = "low" }), [ticket.Id]);

        using var first = await Moderator.SendAsync(HttpMethod.Post, Path, request, key: "bulk-again");
        using var second = await Moderator.SendAsync(HttpMethod.Post, Path, request, key: "bulk-again");

        (await second.Content.ReadAsStringAsync()).ShouldBe(await first.Content.ReadAsStringAsync());
        (await api.EventsAsync(ticket.Id)).Count(e => e == "ticket.sla_changed.v1").ShouldBe(1);
    }

    [Fact]
    public async Task All_that_match_are_counted_first_and_then_changed_in_the_background()
    {
        var tag = $"wave-{Guid.NewGuid():N}"[..20];
        List<Guid> tickets = [];
        for (var i = 0; i < 12; i++)
        {
            var ticket = await api.SubmittedAsync();
            await Moderator.ActAsync(ticket.Id, "tag", new TagTicketRequest([tag]));
            tickets.Add(ticket.Id);
        }

        await Moderator.ActAsync(tickets[3], "reject", new RejectTicketRequest("No."));
        var filter = new Dictionary<string, string> { ["tag"] = tag };
        (await Moderator.DoAsync<BulkPreview>(HttpMethod.Post, $"{Path}/preview", new PreviewBulkRequest(filter))).Count.ShouldBe(12);

        using var accepted = await Moderator.SendAsync(HttpMethod.Post, Path, new BulkActRequest("review", Filter: filter, Expected: 12));
        accepted.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        var job = accepted.Headers.Location!.ToString();
        await Eventually.ShouldAsync(async () => (await Moderator.ReadAsync<TicketBulkJobView>(job)).Status == TicketBulkJobStatus.Done);

        var done = await Moderator.ReadAsync<TicketBulkJobView>(job);
        (done.Total, done.Succeeded, done.Failed).ShouldBe((12, 11, 1));
        done.Failures.Single().ShouldBe(new BulkResult(tickets[3], 422, done.Failures[0].Error));
        (await Moderator.TicketAsync(tickets[0])).Status.ShouldBe(TicketStatus.UnderReview);
    }

    [Theory]
    [InlineData("submitted_from", 0, 1)]
    [InlineData("submitted_from", 1, 0)]
    [InlineData("submitted_to", 0, 0)]
    [InlineData("submitted_to", 1, 1)]
    [InlineData("overdue_from", -1, 0)]
    [InlineData("resolved_from", -1, 0)]
    [InlineData("resolved_to", 1, 0)]
    public async Task Those_of_some_days_are_the_same_in_the_list_and_for_a_change(string when, int days, int expected)
    {
        var tag = $"days-{Guid.NewGuid():N}"[..20];
        var ticket = await api.SubmittedAsync();
        await Moderator.ActAsync(ticket.Id, "tag", new TagTicketRequest([tag]));
        var at = ((await Moderator.TicketAsync(ticket.Id)).SubmittedAt!.Value.UtcDateTime + TimeSpan.FromDays(days)).ToString("O");

        var listed = await Moderator.ReadAsync<Paged<TicketView>>($"/api/v1/tickets?tag={tag}&{when}={Uri.EscapeDataString(at)}");
        var counted = await Moderator.DoAsync<BulkPreview>(HttpMethod.Post, $"{Path}/preview", new PreviewBulkRequest(new Dictionary<string, string> { ["tag"] = tag, [when] = at }));

        (listed.Data.Count, counted.Count).ShouldBe((expected, expected));
    }

    [Fact]
    public async Task A_job_is_refused_when_other_tickets_match_than_were_previewed() =>
        await Moderator.SendAsync(HttpMethod.Post, Path, new BulkActRequest("review", Filter: new Dictionary<string, string> { ["tag"] = "nobody-has-it" }, Expected: 3))
            .ShouldBeAsync(Codes.VersionConflict);

    [Theory]
    [InlineData("""{"action":"review"}""")]
    [InlineData("""{"action":"review","ids":[],"filter":{"q":"x"}}""")]
    [InlineData("""{"action":"dance","ids":["00000000-0000-0000-0000-000000000001"]}""")]
    [InlineData("""{"action":"review","filter":{}}""")]
    [InlineData("""{"action":"review","filter":{"colour":"red"}}""")]
    [InlineData("""{"action":"review","filter":{"department_id":"x"}}""")]
    public async Task What_is_not_a_change_to_many_tickets_is_422(string body) =>
        await Moderator.SendAsync(HttpMethod.Post, Path, new StringContent(body, System.Text.Encoding.UTF8, "application/json")).ShouldBeAsync(Codes.ValidationFailed);

    [Fact]
    public async Task Only_moderators_change_many_tickets_at_once() =>
        await api.As(api.World.ItHead).SendAsync(HttpMethod.Post, Path, new BulkActRequest("start", Ids: [Guid.NewGuid()])).ShouldBeAsync(Codes.Forbidden);

    async Task<BulkAnswer> ActAsync(BulkActRequest request) => await Moderator.DoAsync<BulkAnswer>(HttpMethod.Post, Path, request);

    static JsonElement Arguments(object members) => JsonSerializer.SerializeToElement(members);
}
