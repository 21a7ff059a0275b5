using System.Net;
using System.Net.Http.Json;
using Hdms.Contracts;
using Hdms.Kit.Hosting;
using Hdms.Kit.Tests.Things;
using Hdms.Testing;
using Npgsql;

namespace Hdms.Kit.Tests.Hosting;

public sealed class DoctorTests : IAsyncLifetime
{
    TestDatabase _data = null!;
    ThingsService _things = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _data = await ThingsService.NewDatabaseAsync();
        _things = await ThingsService.StartAsync(_data);
    }

    [Fact]
    public async Task When_all_is_well_there_is_nothing_to_say()
    {
        await SagaAsync("running", "now()");
        await SagaAsync("done", "now() - interval '1 day'", finished: true);
        await _data.ExecuteAsync("INSERT INTO things_cursors (reader, source, caught_up_at) VALUES ('r', 'other', now())");

        (await ExamineAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_stuck_saga_is_shown_with_what_it_fails_at_and_what_to_do()
    {
        var id = await SagaAsync("stuck", "now()", error: "it can't be undone");

        var finding = (await ExamineAsync()).ShouldHaveSingleItem();

        finding.Severity.ShouldBe(Severity.Error);
        finding.What.ShouldContain("it can't be undone");
        finding.Remedy.ShouldContain($"hdms sagas retry things {id}");
    }

    [Fact]
    public async Task A_saga_that_waits_for_long_is_a_warning_and_one_that_nobody_runs_an_error()
    {
        await SagaAsync("waiting", "now() - interval '2 hours'", due: "now() + interval '1 hour'");
        await SagaAsync("running", "now() - interval '2 hours'", due: "now() - interval '2 hours'");

        (await ExamineAsync()).Select(f => f.Severity).ShouldBe([Severity.Error, Severity.Warning]);
    }

    [Fact]
    public async Task A_dangling_reference_is_shown_until_the_row_refers_to_something_else()
    {
        await _data.ExecuteAsync("ALTER TABLE things ADD owner_id uuid, ADD is_deleted boolean NOT NULL DEFAULT false");
        var (id, owner) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await _data.ExecuteAsync(
            """
            INSERT INTO things (id, name, version, owner_id) VALUES (@id, 'x', 1, @owner);
            INSERT INTO things_dangling (reference, row_id, target_id) VALUES ('things.owner_id', @id, @owner)
            """,
            new { id, owner });

        (await ExamineAsync()).ShouldHaveSingleItem().What.ShouldContain($"1 rows of things refer by owner_id to what was deleted elsewhere, {id}");
        await _data.ExecuteAsync("UPDATE things SET owner_id = NULL");
        (await ExamineAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Parked_events_and_readers_that_fell_behind_are_shown()
    {
        await _data.ExecuteAsync(
            """
            INSERT INTO things_parked (reader, epoch, position, stream_id, event, error, attempts, next_at)
            SELECT 'r', 1, n, '00000000-0000-0000-0000-000000000001', jsonb_build_object('id', '1.' || n), 'broken', 2 - n, now() FROM generate_series(1, 2) AS n;
            INSERT INTO things_cursors (reader, source, caught_up_at) VALUES ('r', 'other', now() - interval '5 minutes')
            """);

        var findings = await ExamineAsync();

        findings.Select(f => f.Severity).ShouldBe([Severity.Error, Severity.Warning]);
        findings[0].What.ShouldBe("reader r has parked 2 events of 1 things; the first, 1.1, fails with: broken");
        findings[1].What.ShouldStartWith("reader r has not caught up with other for 00:05:");
    }

    [Fact]
    public async Task The_route_answers_services_and_admins_and_the_command_line_needs_no_service()
    {
        await SagaAsync("stuck", "now()", error: "broken");
        using var service = _things.Client();
        using var nobody = new HttpClient { BaseAddress = _things.Address };

        var byRoute = await service.GetFromJsonAsync<DoctorFinding[]>("/api/v1/things/doctor", Json.Tolerant, Ct);
        (await nobody.GetAsync("/api/v1/things/doctor", Ct)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        await _things.DisposeAsync();

        (await ExamineAsync()).ShouldBe(byRoute);
    }

    async Task<IReadOnlyList<DoctorFinding>> ExamineAsync()
    {
        await using var connection = new NpgsqlConnection(_data.ConnectionString);
        await connection.OpenAsync(Ct);
        return await Doctor.ExamineAsync(connection, "things", DateTimeOffset.UtcNow, Ct);
    }

    async Task<Guid> SagaAsync(string state, string created, bool finished = false, string due = "now()", string? error = null)
    {
        var id = Guid.CreateVersion7();
        await _data.ExecuteAsync(
            $"""
            INSERT INTO things_sagas (id, type, subject, state, data, created_at, next_at, error, finished_at)
            VALUES (@id, 'trip', @subject, @state, '{"{}"}', {created}, {due}, @error, CASE WHEN @finished THEN now() END)
            """,
            new { id, subject = id.ToString(), state, error, finished });
        return id;
    }

    public async ValueTask DisposeAsync()
    {
        await _things.DisposeAsync();
        await _data.DisposeAsync();
    }
}
