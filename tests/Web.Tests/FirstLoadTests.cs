namespace Hdms.Web.Tests;

/// <summary>What a browser that was never here has to load, and whether what it shows stays where it is.</summary>
public sealed class FirstLoadTests(HelpDesk desk)
{
    const int Aim = 150_000;

    static readonly string[] PagesOfAModerator = ["/board", "/board?tab=all", "/search?q=printer", "/dashboard", "/tickets/new"];

    [Fact]
    public async Task A_first_page_is_less_than_150_kB()
    {
        // Each without what an earlier one has kept. The first who comes is given styles that are not packed yet.
        var size = long.MaxValue;
        for (var comer = 0; comer < 30 && size >= Aim; comer++)
        {
            await using var moderator = await desk.Site.SignedInAsync(People.Moderator);
            await moderator.FollowAsync("/board");
            size = await moderator.Page.EvaluateAsync<long>(
                "() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].reduce((sum, e) => sum + e.transferSize, 0)");
            size.ShouldBeGreaterThan(50_000);
        }

        size.ShouldBeLessThan(Aim);
    }

    [Fact]
    public async Task Nothing_that_is_shown_is_pushed_away()
    {
        var ticket = await desk.Site.SubmittedAsync();
        foreach (var (width, height) in new[] { (1400, 900), (390, 844) })
        {
            await using var moderator = await desk.Site.SignedInAsync(People.Moderator, options => options.ViewportSize = new() { Width = width, Height = height });
            await moderator.GoAsync("/board");
            var line = await moderator.Page.Context.NewCDPSessionAsync(moderator.Page);
            await line.SendAsync("Network.enable");
            // What happens meanwhile is news, and may move something.
            await line.SendAsync("Network.setBlockedURLs", new() { ["urls"] = new[] { "*/live", "*/live?*" } });
            // A page comes in pieces over a slow line, and is shown as it comes.
            await line.SendAsync("Network.emulateNetworkConditions", new() { ["offline"] = false, ["latency"] = 20, ["downloadThroughput"] = 9_000, ["uploadThroughput"] = 15_000 });
            foreach (var path in PagesOfAModerator.Append($"/tickets/{ticket.Number}"))
            {
                await moderator.GoAsync(path);
                // A hundredth of the page: a minute that has passed may make a word some pixels longer.
                var moved = await moderator.Page.EvaluateAsync<string[]>(
                    """
                    () => new Promise(done => {
                      const moved = [];
                      new PerformanceObserver(list => {
                        for (const e of list.getEntries()) if (e.value >= 0.01) moved.push(`${e.value.toFixed(4)} ${e.sources.map(s => s.node?.outerHTML?.slice(0, 80)).join(', ')}`);
                      }).observe({ type: 'layout-shift', buffered: true });
                      requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(moved), 0)));
                    })
                    """);
                moved.ShouldBeEmpty($"{path} at {width}");
            }
        }
    }

    [Theory]
    [InlineData(390)]
    [InlineData(1400)]
    public async Task Who_comes_to_look_at_a_ticket_moves_no_row(int width)
    {
        await using var moderator = await desk.Site.SignedInAsync(People.Moderator, options => options.ViewportSize = new() { Width = width, Height = 900 });
        await moderator.GoAsync("/board?tab=all");
        var moved = await moderator.Page.EvaluateAsync<string[]>(
            """
            () => {
              const rows = [...document.querySelectorAll('[data-ticket-row]')], tops = () => rows.map(r => r.getBoundingClientRect().top), before = tops();
              for (const lookers of document.querySelectorAll('[data-lookers]')) lookers.innerHTML = '<span class="avatar">AB</span><span class="avatar">CD</span>';
              // In one go with having put them there: what the page hears meanwhile takes them away.
              const there = document.querySelectorAll('.lookers .avatar').length;
              return [...(there > 20 ? [] : [`${there} lookers`]), ...tops().flatMap((top, i) => top === before[i] ? [] : [`${rows[i].dataset.row}: ${before[i]} → ${top}`])];
            }
            """);
        moved.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("/board?tab=all", 1024)]
    [InlineData("/board?tab=all", 1400)]
    [InlineData("/board?tab=all&columns=requester&columns=department&columns=head&columns=moderator&columns=category&columns=tags&columns=priority&columns=status&columns=progress&columns=due&columns=age&columns=activity", 1400)]
    public async Task What_a_column_holds_fits_into_it(string path, int width)
    {
        await using var moderator = await desk.Site.SignedInAsync(People.Moderator, options => options.ViewportSize = new() { Width = width, Height = 900 });
        await moderator.GoAsync(path);
        var tooWide = await moderator.Page.EvaluateAsync<string[]>(
            "() => [...document.querySelectorAll('.rows td, .rows th')].filter(c => c.scrollWidth > c.clientWidth || c.clientWidth < 30).map(c => `${c.className} ${c.clientWidth} < ${c.scrollWidth}: ${c.innerText}`)");
        tooWide.ShouldBeEmpty();
    }
}
