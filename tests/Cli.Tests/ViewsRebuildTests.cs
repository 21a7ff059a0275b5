using System.Net.Http.Json;
using System.Text.Json;
using Hdms.Testing;

namespace Hdms.Cli.Tests;

/// <summary><c>hdms views rebuild</c> beside a running HDMS: what is read comes from the feeds alone, and what people keep stays.</summary>
[Collection(OneHdms.Name)]
public sealed class ViewsRebuildTests(RunningHdms hdms)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_lost_or_changed_in_the_read_side_is_as_the_feeds_tell_and_what_people_keep_is_still_there()
    {
        const string Rows = "SELECT string_agg((to_jsonb(t) - 'words')::text, ',' ORDER BY id) FROM view_tickets AS t";
        using var saved = await hdms.Program.Http.PostAsJsonAsync("/api/v1/saved-views", new { name = "Mine to keep", query = "tab=open", is_shared = false }, Ct);
        saved.IsSuccessStatusCode.ShouldBeTrue(await saved.Content.ReadAsStringAsync(Ct));
        var kept = await hdms.SqlAsync("SELECT string_agg(name, ',' ORDER BY id) FROM view_saved WHERE NOT is_deleted");
        kept.ShouldContain("Mine to keep");
        await RaiseAsync("A chair that squeaks");
        await SettledAsync();
        var tickets = await TotalAsync();
        var before = await hdms.SqlAsync(Rows);
        await hdms.SqlAsync("DELETE FROM view_tickets WHERE id = (SELECT min(id::text)::uuid FROM view_tickets); UPDATE view_tickets SET title = 'Mallory was here', messages = 99; DELETE FROM view_users");

        var done = await hdms.RunAsync("views", "rebuild");

        done.ExitCode.ShouldBe(ExitCode.Done, done.Error);
        done.Output.ShouldMatch(@"^views: made anew from \d+ positions of the feeds");
        (await hdms.SqlAsync(Rows)).ShouldBe(before);
        (await hdms.SqlAsync("SELECT string_agg(name, ',' ORDER BY id) FROM view_saved WHERE NOT is_deleted")).ShouldBe(kept);
        (await hdms.SqlAsync("SELECT (SELECT count(*) FROM view_users) = (SELECT count(*) FROM users)")).ShouldBe("True");
        (await TotalAsync()).ShouldBe(tickets, "the running services read the new tables");

        // As others expect to find it.
        await hdms.SqlAsync("UPDATE view_saved SET is_deleted = true, deleted_at = now() WHERE name = 'Mine to keep'");
    }

    async Task RaiseAsync(string title)
    {
        var department = (await GetAsync("/api/v1/departments?limit=1")).GetProperty("data")[0].GetProperty("id").GetString();
        using var raised = await hdms.Program.Http.PostAsJsonAsync("/api/v1/tickets", new { title, description = "Since Monday.", priority = "low", category = "Furniture", department_id = department, submit = true }, Ct);
        raised.IsSuccessStatusCode.ShouldBeTrue(await raised.Content.ReadAsStringAsync(Ct));
    }

    /// <summary>Who tells of a ticket, and who tells of what those tell, has been heard to the end.</summary>
    Task SettledAsync() => Eventually.ShouldAsync(async () => await hdms.SqlAsync(
        """
        SELECT count(*) FROM (SELECT source, position FROM communication_cursors UNION ALL SELECT source, position FROM views_cursors) AS c
        JOIN (SELECT 'users' AS source, max(position) AS written FROM users_events UNION ALL SELECT 'tickets', max(position) FROM tickets_events
              UNION ALL SELECT 'communication', max(position) FROM communication_events UNION ALL SELECT 'files', max(position) FROM files_events) AS l USING (source)
        WHERE c.position < l.written
        """) == "0");

    Task<JsonElement> GetAsync(string path) => hdms.Program.Http.GetFromJsonAsync<JsonElement>(path, Ct);

    async Task<int> TotalAsync() => (await GetAsync("/api/v1/board?tab=all")).GetProperty("total").GetInt32();
}
