using Hdms.Kit.Http;
using Hdms.Contracts;
using Hdms.Kit.Problems;

namespace Hdms.Views.Tests;

[Collection(nameof(SharedViews))]
public sealed class ReportTests(ViewsApi api)
{
    World World => api.World;

    [Fact]
    public async Task Every_figure_is_the_length_of_the_list_behind_it()
    {
        await api.BusyDayAsync();
        api.Clock.Advance(TimeSpan.FromHours(30));
        // What is due by then happens, and is heard of, before the figures are read; else it may be between two of them.
        var now = api.Clock.GetUtcNow().UtcDateTime;
        await Eventually.ShouldAsync(() => api.Database.ScalarAsync<bool>($"SELECT NOT EXISTS (SELECT FROM ticket_timers WHERE due_at <= '{now:yyyy-MM-dd HH:mm:ss}Z')")!);
        await api.HeardAsync();

        foreach (var user in new[] { World.Moderator, World.ItHead, World.Requester })
        {
            var view = await api.Views(user).ReadAsync<DashboardView>("/api/v1/dashboard");
            foreach (var (name, value, query) in view.Figures.Where(f => f.Query is not null).Select(f => (f.Code, (int)f.Value!, f.Query!))
                .Concat(view.ByStatus.Concat(view.ByPriority).Concat(view.Ageing).Select(b => (b.Label, b.Count, b.Query)))
                .Concat(view.Trend.TakeLast(3).SelectMany(d => new[] { ($"submitted {d.Day}", d.Submitted, d.SubmittedQuery!), ($"resolved {d.Day}", d.Resolved, d.ResolvedQuery!), ($"overdue {d.Day}", d.Breached, d.BreachedQuery!) })))
            {
                (await api.BoardAsync(user, query)).Total.ShouldBe(value, $"{user.Code} {name}: {query}");
            }

            view.Trend.Sum(d => d.Submitted).ShouldBeGreaterThan(0);
            view.Ageing.Sum(b => b.Count).ShouldBe((int)view.Figures.Single(f => f.Code == "open").Value!);
            view.Workload.Select(w => w.Department.Code).ShouldBe(user == World.Moderator ? ["FIN", "IT"] : user == World.ItHead ? ["IT"] : []);
        }
    }

    [Fact]
    public async Task Rows_come_as_CSV_without_formulas()
    {
        await api.OpenAsync("=HYPERLINK(\"http://evil\", \"click\")");
        await api.OpenAsync("Somebody else's", by: World.Stranger);
        await api.HeardAsync();

        using var answer = await api.Views(World.Requester).GetAsync("/api/v1/reports/tickets.csv?q=hyperlink&sort=created_at");
        var lines = (await answer.Content.ReadAsStringAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/csv");
        lines.Length.ShouldBe(2);
        lines[0].TrimStart('\uFEFF').ShouldStartWith("number,title,status");
        lines[1].ShouldContain(",\"'=HYPERLINK(\"\"http://evil\"\", \"\"click\"\")\",");
        (await api.Views(World.Requester).GetStringAsync("/api/v1/reports/tickets.csv")).ShouldNotContain("Somebody else's");
        (await api.Views(World.Moderator).GetStringAsync("/api/v1/reports/workload.csv")).ShouldContain("IT,IT,IT-1 Tester,");
        await api.Views(World.Requester).GetAsync("/api/v1/reports/workload.csv").ShouldBeAsync(Codes.Forbidden);
        await api.Views(World.Requester).GetAsync("/api/v1/reports/tickets.csv?limit=3").ShouldBeAsync(Codes.Malformed);
        foreach (var (value, cell) in new (object?, string)[] { ("+1", "'+1"), ("-1", "'-1"), ("@a", "'@a"), ("a=b", "a=b"), (-1, "-1"), (null, ""), ("a\nb", "\"a\nb\"") })
        {
            Csv.Cell(value).ShouldBe(cell);
        }
    }

    [Fact]
    public async Task A_saved_view_is_its_owners_and_a_shared_one_is_seen_by_the_same_role()
    {
        var saved = await api.Views(World.Requester).DoAsync<SavedView>(HttpMethod.Post, "/api/v1/saved-views", new SaveViewRequest("Mine, urgent", "tab=mine&priority=urgent"));
        var shared = await api.Views(World.Requester).DoAsync<SavedView>(HttpMethod.Post, "/api/v1/saved-views", new SaveViewRequest("All of us", "tab=open", IsShared: true));

        (await NamesAsync(World.Requester)).ShouldBe(["All of us", "Mine, urgent"]);
        (await NamesAsync(World.Stranger)).ShouldBe(["All of us"]);
        (await NamesAsync(World.Moderator)).ShouldBeEmpty();
        await api.Views(World.Stranger).DeleteAsync($"/api/v1/saved-views/{shared.Id}").ShouldBeAsync(Codes.Forbidden);
        await api.Views(World.Stranger).DeleteAsync($"/api/v1/saved-views/{saved.Id}").ShouldBeAsync(Codes.NotFound);
        await api.Views(World.Requester).PostAsync("/api/v1/saved-views", new SaveViewRequest("Wrong", "colour=red")).ShouldBeAsync(Codes.ValidationFailed);
        (await api.Views(World.Requester).DeleteAsync($"/api/v1/saved-views/{saved.Id}")).EnsureSuccessStatusCode();
        (await NamesAsync(World.Requester)).ShouldBe(["All of us"]);

        async Task<IEnumerable<string>> NamesAsync(TestUser user) => (await api.Views(user).ReadAsync<SavedViews>("/api/v1/saved-views")).Data.Select(v => v.Name);
    }

    [Fact]
    public async Task Columns_are_kept_with_a_view_and_for_whoever_wants_them_everywhere()
    {
        const string Columns = "/api/v1/board/columns";
        var (moderator, other) = (api.Views(World.Moderator), api.Views(World.Stranger));
        (await moderator.SendAsync(HttpMethod.Put, Columns, new ChooseColumnsRequest([BoardColumn.Status, BoardColumn.Requester]))).EnsureSuccessStatusCode();
        (await moderator.SendAsync(HttpMethod.Put, Columns, new ChooseColumnsRequest([BoardColumn.Due, BoardColumn.Head]))).EnsureSuccessStatusCode();
        (await ChosenAsync(moderator)).ShouldBe([BoardColumn.Due, BoardColumn.Head]);
        (await ChosenAsync(other)).ShouldBeNull();

        var view = await moderator.DoAsync<SavedView>(HttpMethod.Post, "/api/v1/saved-views", new SaveViewRequest("With tags", "tab=open&columns=priority,tags"));
        view.Query.ShouldBe("tab=open&columns=priority,tags");
        await moderator.PostAsync("/api/v1/saved-views", new SaveViewRequest("Wrong", "columns=colour")).ShouldBeAsync(Codes.ValidationFailed);
        await moderator.SendAsync(HttpMethod.Put, Columns, new ChooseColumnsRequest([BoardColumn.Due, BoardColumn.Due])).ShouldBeAsync(Codes.ValidationFailed);

        (await moderator.SendAsync(HttpMethod.Put, Columns, new ChooseColumnsRequest([]))).EnsureSuccessStatusCode();
        (await ChosenAsync(moderator)).ShouldBeNull();
        (await moderator.SendAsync(HttpMethod.Delete, $"/api/v1/saved-views/{view.Id}")).EnsureSuccessStatusCode();

        static async Task<IReadOnlyList<BoardColumn>?> ChosenAsync(HttpClient client) => (await client.ReadAsync<SavedViews>("/api/v1/saved-views")).Columns;
    }
}
