using System.Text.Json;

namespace Hdms.Cli.Tests;

/// <summary><c>hdms events rebuild</c>, as an operator uses it beside a running HDMS.</summary>
[Collection(OneHdms.Name)]
public sealed class EventsTests(RunningHdms hdms)
{
    [Fact]
    public async Task A_row_changed_by_hand_is_found_without_its_values_and_put_right_when_that_is_wanted()
    {
        var id = await hdms.SqlAsync("UPDATE users SET first_name = 'Mallory' WHERE employee_code = 'IT-002' RETURNING id");

        var found = await hdms.RunAsync("events", "rebuild", "users", "--check");
        found.ExitCode.ShouldBe(ExitCode.Failed);
        found.Output.ShouldContain($"{id}  first_name");
        found.Output.ShouldNotContain("Mallory");
        found.Output.ShouldContain("users: departments: 7 rows compared, none differs");
        var json = JsonDocument.Parse((await hdms.RunAsync("events", "rebuild", "users", "--check", "--json", "--show-values")).Output).RootElement;
        var row = json.EnumerateArray().Single(t => t.GetProperty("table").GetString() == "users").GetProperty("differences")[0];
        (row.GetProperty("key").GetString(), row.GetProperty("kind").GetString(), row.GetProperty("columns")[0].GetString()).ShouldBe((id, "changed", "first_name"));

        row.GetProperty("table").GetProperty("first_name").GetString().ShouldBe("Mallory");

        var unasked = await hdms.RunAsync("events", "rebuild", "users");
        unasked.ExitCode.ShouldBe(ExitCode.WrongUsage);
        unasked.Error.Trim().Split('\n')[^1].ShouldBe("hdms: Rows would be changed, and there is nobody to ask. Add --yes, or --check to compare only.");
        unasked.Error.ShouldNotContain("   at ");
        var done = await hdms.RunAsync("events", "rebuild", "users", "--yes");
        done.ExitCode.ShouldBe(ExitCode.Done, done.Error);
        done.Output.ShouldContain("users: rows put right: 1");
        (await hdms.SqlAsync($"SELECT first_name <> 'Mallory' FROM users WHERE id = '{id}'")).ShouldBe("True");
        (await hdms.RunAsync("events", "rebuild", "--check")).ExitCode.ShouldBe(ExitCode.Done);
    }
}
