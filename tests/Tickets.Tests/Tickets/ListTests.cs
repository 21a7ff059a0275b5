using System.Text.Json;
using System.Text.RegularExpressions;
using Hdms.Contracts;

namespace Hdms.Tickets.Tests.Tickets;

public sealed class ListTests(TicketsApi api) : IClassFixture<TicketsApi>
{
    [Fact]
    public async Task A_list_shows_each_ticket_as_it_is_by_itself_with_all_names_to_whoever_sees_it()
    {
        await api.ReplicasAsync();
        var taken = await api.SubmittedAsync();
        await api.As(api.World.Moderator).ActAsync(taken.Id, "review");
        await api.InProgressAsync();
        await api.ClosedAsync();
        await api.WaitingAsync(new ApprovalStep([api.World.Approver.Id]));

        foreach (var (user, atLeast) in new[] { (api.World.Moderator, 4), (api.World.Requester, 4), (api.World.ItHead, 2), (api.World.Approver, 1), (api.World.TeamMember, 1) })
        {
            var client = api.As(user);
            var listed = (await client.ReadAsync<JsonElement>("/api/v1/tickets?limit=100")).GetProperty("data").EnumerateArray().ToList();

            listed.Count.ShouldBeGreaterThanOrEqualTo(atLeast, user.Code);
            foreach (var ticket in listed)
                Text(ticket).ShouldBe(Text(await client.ReadAsync<JsonElement>($"/api/v1/tickets/{ticket.GetProperty("id").GetGuid()}")), user.Code);
        }

        var claimed = (await api.As(api.World.Moderator).ReadAsync<Paged<TicketView>>("/api/v1/tickets?claimed_by=me")).Data.Single(t => t.Id == taken.Id);
        (claimed.Requester!.FirstName, claimed.ClaimedBy!.FirstName, claimed.Department?.Code).ShouldBe(("REQ-1", "MOD-1", taken.Department?.Code));
    }

    /// <summary>But for the time that is left, which is another one with each request.</summary>
    static string Text(JsonElement ticket) => Regex.Replace(ticket.GetRawText(), "\"time_remaining\":\"[^\"]+\"", "", RegexOptions.None, TimeSpan.FromSeconds(1));

    [Fact]
    public async Task A_moderator_who_decides_in_anothers_place_finds_what_waits_for_that()
    {
        var moderator = api.As(api.World.OtherModerator);
        var waiting = await api.WaitingAsync(new ApprovalStep([api.World.OtherApprover.Id]));
        (await moderator.ReadAsync<Paged<TicketView>>("/api/v1/tickets?waiting_for_me=true")).Data.ShouldBeEmpty();

        var now = api.Clock.GetUtcNow();
        using var named = await api.As(api.World.OtherApprover).SendAsync(
            HttpMethod.Post, "/api/v1/substitutes", new NameSubstituteRequest(api.World.OtherModerator.Id, now.AddMinutes(-1), now.AddDays(1)));

        named.IsSuccessStatusCode.ShouldBeTrue();
        (await moderator.ReadAsync<Paged<TicketView>>("/api/v1/tickets?waiting_for_me=true")).Data.Single().Id.ShouldBe(waiting.Id);
    }
}
