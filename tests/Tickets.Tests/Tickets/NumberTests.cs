using System.Net;
using Hdms.Contracts;
using Hdms.Kit.Problems;

namespace Hdms.Tickets.Tests.Tickets;

/// <summary>Numbers: none twice, and none missing among what was committed (DOMAIN.md section 6).</summary>
public sealed class NumberTests(TicketsApi api) : IClassFixture<TicketsApi>
{
    static readonly TimeZoneInfo Karachi = TimeZoneInfo.FindSystemTimeZoneById("Asia/Karachi");

    [Fact]
    public async Task Thirty_two_who_submit_at_once_get_thirty_two_numbers_in_a_row()
    {
        var last = await LastAsync();

        var tickets = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => api.SubmittedAsync()));

        tickets.Select(t => t.Number).ShouldBe(Numbers(Year, last + 1, 32), ignoreOrder: true);
    }

    [Fact]
    public async Task Those_who_are_refused_meanwhile_leave_no_gap()
    {
        var last = await LastAsync();

        // Refused at the very end, by a rule of the database: as a fault after the number was taken would.
        await api.Database.ExecuteAsync("ALTER TABLE tickets ADD CONSTRAINT not_those CHECK (number IS NULL OR title <> 'Refused')");
        var requester = api.As(api.World.Requester);
        using var undocumented = new HttpClient { BaseAddress = requester.BaseAddress };
        undocumented.DefaultRequestHeaders.Authorization = requester.DefaultRequestHeaders.Authorization;
        var stale = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => DraftAsync("Stale")));

        var good = Enumerable.Range(0, 16).Select(async _ => await requester.TryAsync((await DraftAsync("Good")).Id, "submit"));
        var bad = Enumerable.Range(0, 8).Select(async _ => await undocumented.TryAsync((await DraftAsync("Refused")).Id, "submit"));
        var late = stale.Select(t => requester.TryAsync(t.Id, "submit", version: t.Version + 1));
        var answers = await Task.WhenAll([.. good, .. bad, .. late]);

        answers.Select(a => (int)a.StatusCode).Order().ShouldBe([.. Enumerable.Repeat(200, 16), .. Enumerable.Repeat(412, 8), .. Enumerable.Repeat(500, 8)]);
        await api.Database.ExecuteAsync("ALTER TABLE tickets DROP CONSTRAINT not_those");
        await api.SubmittedAsync();
        (await NumbersAsync(last)).ShouldBe(Numbers(Year, last + 1, 17));
    }

    [Fact]
    public async Task The_year_and_its_count_begin_anew_at_the_organisations_midnight()
    {
        var (year, last) = (Year, await LastAsync());
        var midnight = Midnight(year + 1);

        // In Karachi it is five hours later than in UTC, where it is still the old year.
        api.Clock.Advance(midnight - TimeSpan.FromMinutes(2) - api.Clock.GetUtcNow());
        (await api.SubmittedAsync()).Number.ShouldBe(Numbers(year, last + 1, 1).Single());
        api.Clock.Advance(midnight - api.Clock.GetUtcNow());
        api.Clock.GetUtcNow().UtcDateTime.Year.ShouldBe(year);
        (await api.SubmittedAsync()).Number.ShouldBe($"HD-{year + 1}-0001");
        (await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => api.SubmittedAsync()))).Select(t => t.Number).ShouldBe(Numbers(year + 1, 2, 8), ignoreOrder: true);
    }

    [Fact]
    public async Task Those_who_submit_across_the_turn_of_the_year_leave_no_gap_in_either()
    {
        var (year, last) = (Year, await LastAsync());
        api.Clock.Advance(Midnight(year + 1) - TimeSpan.FromMilliseconds(400) - api.Clock.GetUtcNow());

        var tickets = new List<TicketView>();
        while (tickets.Count(t => t.Number!.StartsWith($"HD-{year + 1}", StringComparison.Ordinal)) < 8)
            tickets.AddRange(await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => api.SubmittedAsync())));

        foreach (var those in tickets.GroupBy(t => t.Number!.Split('-')[1]))
            those.Select(t => t.Number).ShouldBe(Numbers(int.Parse(those.Key), int.Parse(those.Key) == year ? last + 1 : 1, those.Count()), ignoreOrder: true);
        tickets.ShouldAllBe(t => t.Number!.StartsWith($"HD-{TimeZoneInfo.ConvertTime(t.SubmittedAt!.Value, Karachi).Year}-"));
    }

    [Fact]
    public async Task Beyond_9999_they_grow_and_sort_by_their_parts()
    {
        await api.Database.ExecuteAsync("INSERT INTO ticket_counters (year, last) VALUES (@year, 9998) ON CONFLICT (year) DO UPDATE SET last = 9998", new { year = Year });

        (await api.SubmittedAsync()).Number.ShouldBe($"HD-{Year}-9999");
        (await api.SubmittedAsync()).Number.ShouldBe($"HD-{Year}-10000");

        var list = await api.As(api.World.Moderator).ReadAsync<Paged<TicketView>>($"{TicketActs.Path}?sort=-number&limit=2");
        list.Data.Select(t => t.Number).ShouldBe([$"HD-{Year}-10000", $"HD-{Year}-9999"]);
        (await api.As(api.World.Moderator).ReadAsync<TicketView>($"{TicketActs.Path}/hd-{Year}-10000")).Number.ShouldBe($"HD-{Year}-10000");
    }

    [Fact]
    public async Task A_draft_that_is_thrown_away_takes_none()
    {
        var (requester, last) = (api.As(api.World.Requester), await LastAsync());
        await requester.SendAsync(HttpMethod.Delete, $"{TicketActs.Path}/{(await DraftAsync("Never mind")).Id}").ShouldBeAsync(HttpStatusCode.NoContent);

        (await api.SubmittedAsync()).Number.ShouldBe(Numbers(Year, last + 1, 1).Single());
    }

    [Fact]
    public async Task A_number_stays_taken_when_its_ticket_is_deleted()
    {
        var first = await api.SubmittedAsync();
        var last = await LastAsync();
        await api.Database.ExecuteAsync("UPDATE tickets SET is_deleted = true, deleted_at = now() WHERE id = @Id", new { first.Id });

        (await api.SubmittedAsync()).Number.ShouldBe(Numbers(Year, last + 1, 1).Single());
    }

    [Fact]
    public async Task Submitting_again_is_refused_and_takes_none()
    {
        var ticket = await api.SubmittedAsync();

        var last = await LastAsync();

        await api.As(api.World.Requester).TryAsync(ticket.Id, "submit").ShouldBeAsync(Codes.InvalidTransition);
        (await api.SubmittedAsync()).Number.ShouldBe(Numbers(Year, last + 1, 1).Single());
    }

    int Year => TimeZoneInfo.ConvertTime(api.Clock.GetUtcNow(), Karachi).Year;

    static DateTimeOffset Midnight(int year) => new(new DateTime(year, 1, 1), Karachi.GetUtcOffset(new DateTime(year, 1, 1)));

    /// <summary>The last number that was given in this year.</summary>
    Task<int> LastAsync() => api.Database.ScalarAsync<int>("SELECT coalesce(max(last), 0) FROM ticket_counters WHERE year = @Year", new { Year });

    static IEnumerable<string> Numbers(int year, int from, int count) => Enumerable.Range(from, count).Select(n => $"HD-{year}-{n:D4}");

    Task<TicketView> DraftAsync(string title) =>
        api.As(api.World.Requester).DoAsync<TicketView>(HttpMethod.Post, TicketActs.Path, TicketActs.New(api.World.It, title: title));

    Task<IReadOnlyList<string>> NumbersAsync(int after) =>
        api.Database.QueryAsync<string>("SELECT number FROM tickets WHERE number_year = @Year AND number_in_year > @after ORDER BY number_in_year", new { Year, after });
}
