using System.Text.Json;
using Dapper;
using Hdms.Contracts;
using Hdms.Testing;
using Npgsql;

namespace Hdms.Cli.Tests;

/// <summary>The demo organisation's three hundred tickets.</summary>
public sealed class DemoTicketsTests : IDisposable
{
    static readonly Dictionary<string, string> WithTickets = new() { ["HDMS_DEMO_TICKETS"] = "on" };

    const string Made = "has its tickets";

    readonly TestDirectory _directory = TestDirectory.Create();

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    string Data => Path.Combine(_directory.Path, "data");

    public void Dispose() => _directory.Dispose();

    [Fact]
    [Trait("Category", "Long")]
    public async Task They_are_made_once_whatever_kills_the_start_half_way_and_leave_no_timer_behind()
    {
        await using (var killed = await RealProgram.UpAsync(WithTickets, Data))
        {
            await UntilAsync(async connection => await connection.ExecuteScalarAsync<long>("SELECT count(*) FROM tickets") > 60);
            killed.Output.ShouldNotContain(Made);
            await killed.SignalAsync("KILL");
            await killed.ExitAsync();
        }

        await using (var again = await RealProgram.UpAsync(WithTickets, Data))
        {
            await UntilAsync(_ => Task.FromResult(again.Output.Contains(Made, StringComparison.Ordinal)));
            await using var connection = await OpenAsync();
            (await connection.QueryAsync<string>("SELECT DISTINCT status FROM tickets")).Order().ShouldBe(
                Enum.GetValues<TicketStatus>().Select(s => JsonNamingPolicy.SnakeCaseLower.ConvertName(s.ToString()))
                    // In which none stays for longer than it takes to look.
                    .Except(["submitted"]).Order());
            (await connection.QuerySingleAsync<(long All, long Drafts, long Numbers, int Last)>(
                "SELECT count(*), count(*) FILTER (WHERE status = 'draft'), count(DISTINCT number_in_year), max(number_in_year) FROM tickets WHERE NOT is_deleted"))
                .ShouldBe((300, 14, 286, 286));
            foreach (var (what, sql) in new[]
            {
                ("late timers", "SELECT count(*) FROM ticket_timers WHERE due_at < now() - interval '1 minute'"),
                ("steps done twice", "SELECT count(*) FROM (SELECT FROM tickets_events WHERE type = 'ticket.drafted.v1' GROUP BY correlation_id HAVING count(*) > 1) AS twice"),
                ("events before their time", "SELECT count(*) FROM tickets_events AS e JOIN tickets_events AS next USING (stream_id) WHERE next.stream_version = e.stream_version + 1 AND next.occurred_at < e.occurred_at"),
                ("rows that are not as their last event", "SELECT count(*) FROM tickets AS t WHERE version <> (SELECT max(stream_version) FROM tickets_events WHERE stream_id = t.id)"),
            })
            {
                (await connection.ExecuteScalarAsync<long>(sql)).ShouldBe(0, what);
            }

            foreach (var (what, sql) in new[]
            {
                ("breached", "SELECT count(*) FROM ticket_alerts WHERE kind = 'resolution_breached'"),
                ("warned", "SELECT count(*) FROM ticket_alerts WHERE kind = 'resolution_warning'"),
                ("closed by themselves", "SELECT count(*) FROM tickets WHERE closed_reason = 'auto'"),
                ("closed by force", "SELECT count(*) FROM tickets WHERE closed_reason = 'forced'"),
                ("rated", "SELECT count(*) FROM tickets WHERE feedback_rating IS NOT NULL"),
                ("reopened once", "SELECT count(*) FROM tickets WHERE generation = 2"),
                ("duplicates", "SELECT count(*) FROM tickets WHERE duplicate_of IS NOT NULL"),
                ("links", "SELECT count(*) FROM ticket_links"),
                ("sub-tickets", "SELECT count(*) FROM sub_tickets"),
                ("chains of approvals", "SELECT count(*) FROM approvals WHERE position = 2"),
                ("requests", "SELECT count(*) FROM ticket_requests WHERE status = 'pending'"),
                ("tagged", "SELECT count(*) FROM tickets WHERE tags <> '{}'"),
                ("old", "SELECT count(*) FROM tickets_events WHERE occurred_at < now() - interval '30 days'"),
            })
            {
                (await connection.ExecuteScalarAsync<long>(sql)).ShouldBeGreaterThan(3, what);
            }

            await again.SignInAsync("ADM-003");
            (await again.CountAsync("/api/v1/tickets?limit=1&count=exact")).ShouldBe(286);
        }

        await using var third = await RealProgram.UpAsync(WithTickets, Data);
        await third.SignInAsync("ADM-003");
        (await third.CountAsync("/api/v1/tickets?limit=1&count=exact")).ShouldBe(286);
        third.Output.ShouldNotContain(Made);
    }

    async Task UntilAsync(Func<NpgsqlConnection, Task<bool>> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        patience.CancelAfter(TimeSpan.FromMinutes(3));
        await using var connection = await OpenAsync();
        while (!await condition(connection))
            await Task.Delay(50, patience.Token);
    }

    async Task<NpgsqlConnection> OpenAsync()
    {
        var cluster = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Data, "cluster"), Ct)).RootElement;
        var secrets = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Data, "secrets.json"), Ct)).RootElement;
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder
        {
            Host = cluster.GetProperty("socket").GetString(),
            Port = cluster.GetProperty("port").GetInt32(),
            Username = "postgres",
            Password = secrets.GetProperty("superuser_password").GetString(),
            Database = Services.SharedDatabase,
            Pooling = false,
        }.ConnectionString);
        await connection.OpenAsync(Ct);
        return connection;
    }
}
