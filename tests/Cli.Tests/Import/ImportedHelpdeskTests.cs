using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Hdms.Cli.Monolith;
using PgSplit;

namespace Hdms.Cli.Tests.Import;

/// <summary>What people find after an import, by the API and as operators.</summary>
public sealed class ImportedHelpdeskTests(ImportedHelpdesk helpdesk) : IClassFixture<ImportedHelpdesk>
{
    static readonly MonolithPlan Plan = new(0.01);

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void Every_old_row_is_imported_merged_or_rejected()
    {
        helpdesk.Report.GetProperty("is_good").GetBoolean().ShouldBeTrue();
        foreach (var table in helpdesk.Report.GetProperty("tables").EnumerateArray())
        {
            table.GetProperty("unaccounted").GetInt64().ShouldBe(0, $"{table}");
            table.GetProperty("rows").GetInt64().ShouldBe(Long(table, "imported") + Long(table, "merged") + Long(table, "rejected"), $"{table}");
        }

        helpdesk.Report.GetProperty("tables").EnumerateArray().Single(t => $"{t.GetProperty("source")}" == "tickets_ticket").GetProperty("rows").GetInt64().ShouldBe(Plan.Tickets);
        helpdesk.Imported.Output.ShouldContain("all is well");
    }

    [Theory]
    [InlineData("rejected", "chat_participant", "its ticket is not there", nameof(MonolithPlan.OrphanParticipants))]
    [InlineData("rejected", "notifications_notification", "its ticket is not there", nameof(MonolithPlan.OrphanNotifications))]
    [InlineData("rejected", "chat_message", "is of blanks alone", nameof(MonolithPlan.BlankMessages))]
    [InlineData("rejected", "tickets_ticket", "has a status that nobody knows", nameof(MonolithPlan.StatusUnknown))]
    [InlineData("merged", "chat_participant", "takes part already", nameof(MonolithPlan.DuplicateParticipants))]
    [InlineData("changed", "users_user", "e-mail is another's but for capitals: keep_first", nameof(MonolithPlan.EmailsByCase))]
    [InlineData("changed", "chat_message", "text was cleaned", nameof(MonolithPlan.MessyMessages))]
    [InlineData("changed", "chat_message", "longer than 10,000 characters: split", nameof(MonolithPlan.LongMessages))]
    [InlineData("changed", "tickets_ticket", "closed without a reason: verified", nameof(MonolithPlan.ClosedWithoutReason))]
    [InlineData("changed", "tickets_ticket", "nobody had the work: its department's head has", nameof(MonolithPlan.AssignedWithoutAssignee))]
    public void Each_planted_flaw_is_found_in_its_number(string kind, string source, string what, string planted)
    {
        var found = helpdesk.Report.GetProperty(kind).EnumerateArray().Single(h => $"{h.GetProperty("source")}" == source && $"{h.GetProperty("what")}" == what);

        Long(found, "rows").ShouldBe((int)typeof(MonolithPlan).GetProperty(planted)!.GetValue(Plan)!);
    }

    [Fact]
    public async Task People_sign_in_with_their_old_password_and_its_hash_is_replaced()
    {
        var code = await helpdesk.SqlAsync("SELECT employee_code FROM users AS u JOIN user_credentials AS c ON c.user_id = u.id WHERE password_hash LIKE 'pbkdf2_sha256$1000$%' AND is_active AND helpdesk_authorized ORDER BY 1 LIMIT 1");

        using (var answer = await SignInAsync(code, OldHash.PasswordOf(code)))
            answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync(Ct));

        (await helpdesk.SqlAsync($"SELECT password_hash LIKE 'pbkdf2%' FROM user_credentials AS c JOIN users AS u ON u.id = c.user_id WHERE employee_code = '{code}'")).ShouldBe("False");
        using var again = await SignInAsync(code, OldHash.PasswordOf(code));
        again.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_hash_with_the_rounds_of_todays_Django_lets_its_owner_in()
    {
        var code = await helpdesk.SqlAsync($"SELECT employee_code FROM users AS u JOIN user_credentials AS c ON c.user_id = u.id WHERE password_hash LIKE 'pbkdf2_sha256${OldHash.RealRounds}$%' ORDER BY 1 LIMIT 1");

        using var answer = await SignInAsync(code, OldHash.PasswordOf(code));

        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync(Ct));
    }

    [Theory]
    [InlineData("password_hash LIKE 'argon2%'")]
    [InlineData("password_hash IS NULL")]
    public async Task Who_has_no_password_that_can_be_verified_is_told_to_have_it_reset(string which)
    {
        var code = await helpdesk.SqlAsync($"SELECT employee_code FROM users AS u JOIN user_credentials AS c ON c.user_id = u.id WHERE {which} ORDER BY 1 LIMIT 1");

        using var answer = await SignInAsync(code, OldHash.PasswordOf(code));

        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await answer.Content.ReadAsStringAsync(Ct)).ShouldContain("may have to be reset");
    }

    [Fact]
    public async Task An_old_link_leads_to_its_ticket_by_the_same_key_that_a_move_would_give_it()
    {
        await AsModeratorAsync();
        var number = await helpdesk.SqlAsync("SELECT ticket_id FROM tickets_ticket WHERE id = 77", "monolith");

        var found = await helpdesk.Program.Http.GetFromJsonAsync<JsonElement>("/api/v1/tickets/by-old-id/77", Ct);

        $"{found.GetProperty("number")}".ShouldBe(number);
        found.GetProperty("id").GetGuid().ShouldBe(SourceFile.KeyOf("tickets_ticket", 77));
        var ticket = await helpdesk.Program.Http.GetFromJsonAsync<JsonElement>($"/api/v1/tickets/{number}", Ct);
        ticket.GetProperty("id").GetGuid().ShouldBe(found.GetProperty("id").GetGuid());
    }

    [Fact]
    public async Task A_page_that_is_asked_for_by_its_old_address_sends_the_browser_on()
    {
        var number = await helpdesk.SqlAsync("SELECT ticket_id FROM tickets_ticket WHERE id = 77", "monolith");
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false };
        using var browser = new HttpClient(handler) { BaseAddress = helpdesk.Program.Http.BaseAddress };
        var code = await ModeratorAsync();
        using var form = new FormUrlEncodedContent([new("employee_code", code), new("password", OldHash.PasswordOf(code))]);
        (await browser.PostAsync("/sign-in", form, Ct)).StatusCode.ShouldBe(HttpStatusCode.Redirect);

        using var answer = await browser.GetAsync("/tickets/77", Ct);

        (answer.StatusCode, answer.Headers.Location?.OriginalString).ShouldBe((HttpStatusCode.Redirect, $"/tickets/{number}"));
    }

    [Fact]
    public async Task An_old_link_to_a_ticket_that_was_rejected_leads_nowhere()
    {
        await AsModeratorAsync();
        var rejected = await helpdesk.SqlAsync("SELECT id FROM tickets_ticket WHERE status = 'on_hold_2' LIMIT 1", "monolith");

        using var answer = await helpdesk.Program.Http.GetAsync($"/api/v1/tickets/by-old-id/{rejected}", Ct);

        answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Times_without_a_zone_were_the_offices()
    {
        var old = await helpdesk.SqlAsync("SELECT to_char(created_at, 'YYYY-MM-DD HH24:MI:SS.MS') FROM tickets_ticket WHERE id = 5", "monolith");

        var now = await helpdesk.SqlAsync($"SELECT to_char(created_at AT TIME ZONE 'UTC' + interval '5 hours', 'YYYY-MM-DD HH24:MI:SS.MS') FROM tickets WHERE id = '{SourceFile.KeyOf("tickets_ticket", 5)}'");

        now.ShouldBe(old);
    }

    [Fact]
    public async Task A_file_is_given_out_as_it_was()
    {
        await AsModeratorAsync();
        var old = await helpdesk.SqlAsync("SELECT min(f.id) FROM files_attachment AS f JOIN tickets_ticket AS t ON t.id = f.ticket_id AND t.status <> 'on_hold_2'", "monolith");
        var path = await helpdesk.SqlAsync($"SELECT file_path FROM files_attachment WHERE id = {old}", "monolith");
        var id = SourceFile.KeyOf("files_attachment", long.Parse(old, System.Globalization.CultureInfo.InvariantCulture));

        using var answer = await helpdesk.Program.Http.GetAsync($"/api/v1/files/{id}/content", Ct);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync(Ct));
        (await answer.Content.ReadAsByteArrayAsync(Ct)).ShouldBe(await File.ReadAllBytesAsync(Path.Combine(helpdesk.Media, path), Ct));
    }

    [Fact]
    public async Task Numbers_go_on_after_the_old_ones()
    {
        var last = await helpdesk.SqlAsync("SELECT max(number_in_year) = (SELECT last FROM ticket_counters WHERE year = 2026) FROM tickets WHERE number_year = 2026");

        last.ShouldBe("True");
    }

    [Fact]
    public async Task The_tables_are_what_the_log_says_and_every_row_is_in_it()
    {
        var check = await helpdesk.RunAsync("events", "rebuild", "--check");

        check.ExitCode.ShouldBe(ExitCode.Done, check.Output + check.Error);
        check.Output.ShouldNotContain("without events");
        check.Output.ShouldContain("tickets: tickets: ");
    }

    [Fact]
    public async Task The_read_side_has_the_tickets_and_the_doctor_finds_nothing_wrong()
    {
        await Testing.Eventually.ShouldAsync(async () => (await helpdesk.SqlAsync(
            "SELECT (SELECT count(*) FROM view_tickets) = (SELECT count(*) FROM tickets) AND (SELECT count(*) FROM view_messages) >= (SELECT count(*) FROM chat_messages)")) == "True");

        var doctor = await helpdesk.RunAsync("doctor", "--json");
        var wrong = JsonDocument.Parse(doctor.Output).RootElement.EnumerateArray().Where(f => $"{f.GetProperty("severity")}" != "note").Select(f => $"{f}");
        wrong.ShouldBeEmpty();
    }

    [Fact]
    public async Task Another_import_is_refused_while_there_is_the_first_ones_and_its_report_can_be_had_again()
    {
        var again = await helpdesk.RunAsync("import", "--from", "/nowhere/else.dump");
        again.ExitCode.ShouldBe(ExitCode.WrongUsage, again.Output);
        again.Error.ShouldContain("is under way");

        var report = await helpdesk.RunAsync("import", "report");
        report.Output.ShouldContain("rows accounted for");
    }

    [Fact]
    public async Task Each_rejected_row_is_in_the_reject_file_with_its_reason()
    {
        var file = Path.Combine(helpdesk.Data, "rejects.jsonl");

        var report = await helpdesk.RunAsync("import", "report", "--rejects", file);

        report.ExitCode.ShouldBe(ExitCode.Done, report.Error);
        var rows = (await File.ReadAllLinesAsync(file, Ct)).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        rows.Count.ShouldBe((int)helpdesk.Report.GetProperty("tables").EnumerateArray().Sum(t => Long(t, "rejected")));
        rows.ShouldAllBe(r => $"{r.GetProperty("reason")}".Length > 0 && r.GetProperty("row").ValueKind == JsonValueKind.Object);
    }

    [Fact]
    public async Task While_the_services_run_an_import_is_refused()
    {
        await using var connection = await OldDatabase.OpenAsync(Cluster.PrivateCluster.FindRunning(helpdesk.Data)!.ConnectionString("hdms_db"));

        (await Should.ThrowAsync<OneLineError>(() => Hdms.Cli.Import.ImportPlace.MustBeQuietAndEmptyAsync(connection, Ct))).Message.ShouldContain("The services are running");
    }

    static long Long(JsonElement of, string name) => of.GetProperty(name).GetInt64();

    Task<HttpResponseMessage> SignInAsync(string code, string password) => helpdesk.Program.Http.PostAsJsonAsync("/api/v1/auth/sign-in", new { employee_code = code, password }, Ct);

    async Task AsModeratorAsync()
    {
        var code = await ModeratorAsync();
        await helpdesk.Program.SignInAsync(code, OldHash.PasswordOf(code));
    }

    Task<string> ModeratorAsync() => helpdesk.SqlAsync("SELECT employee_code FROM users WHERE role = 'moderator' ORDER BY 1 LIMIT 1");
}
