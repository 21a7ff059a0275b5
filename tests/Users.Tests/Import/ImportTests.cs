using System.Net;
using Hdms.Contracts;
using Hdms.Kit.Problems;
using static Hdms.Users.Tests.Acts;

namespace Hdms.Users.Tests.Import;

public sealed class ImportTests(Given given) : IClassFixture<Given>
{
    HttpClient Admin => given.Admin;

    [Fact]
    public async Task A_dry_run_shows_every_row_and_changes_nothing()
    {
        var there = await Admin.RegisterAsync(Somebody() with { LastName = "Before", Cnic = $"{Guid.NewGuid():N}"[..13] });
        var department = await Admin.OpenDepartmentAsync();
        var before = await StateAsync();

        var preview = await (await Admin.ImportAsync(
            $"""
            employee_code,first_name,last_name,role,department_code
            {there.EmployeeCode},Ada,After,,{department.Code.ToLowerInvariant()}
            DRY-1,Ida,,moderator,
            DRY-2,Eva,,king,NONE
            """, dryRun: true)).ReadAsync<ImportPreview>();

        preview.Counts.ShouldBe(new ImportCounts(3, 1, 1, 0, 1));
        var update = preview.Rows[0];
        update.Changes.ToDictionary(c => c.Key, c => string.Join(" -> ", c.Value.Select(v => v.ToString()))).ShouldBe(
            new Dictionary<string, string> { ["last_name"] = "Before -> After", ["department_id"] = $" -> {department.Id}" }, ignoreOrder: true);
        preview.Rows[2].Reason!.ShouldContain("'king' is no role");
        preview.Rows[2].Reason!.ShouldContain("'NONE' is no open department");
        (await StateAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task A_dry_run_sees_what_collides_in_the_file_and_with_others()
    {
        var taken = await Admin.RegisterAsync(Somebody() with { Email = $"{Guid.NewGuid():N}@example.org" });

        var preview = await (await Admin.ImportAsync(
            $"""
            employee_code,first_name,email
            COLL-1,Ida,{taken.Email!.ToUpperInvariant()}
            COLL-2,Eva,eva@example.org
            COLL-3,Uma,EVA@example.org
            COLL-2,Eva,eva2@example.org
            """, dryRun: true)).ReadAsync<ImportPreview>();

        preview.Rows.Select(r => r.Reason).ShouldBe(
            ["email is somebody else's", null, "email is that of line 3", "has the same employee_code as line 3"]);
    }

    [Fact]
    public async Task Rows_that_can_t_be_taken_come_back_as_a_file_with_the_reason_of_each_and_the_others_are_taken()
    {
        // A byte order mark, CRLF, a cell with a comma and quotes, one with a line break, too many cells, no first name.
        const string File =
            "\uFEFFemployee_code,first_name,last_name\r\nREJ-1,\"Ida, \"\"the\"\" first\",Noddack\r\nREJ-2,\"E\r\nva\",B\r\nREJ-3,Uma,C,D\r\nREJ-4,,E\r\n=1+1,Eve,F\r\n";

        var job = await DoneAsync(await StartAsync(File));

        job.Counts.ShouldBe(new ImportCounts(5, 1, 0, 0, 4));
        (await Admin.ReadAsync<UserView>($"{Api}/users/REJ-1")).FirstName.ShouldBe("Ida, \"the\" first");
        using var answer = await Admin.GetAsync(job.Rejects);
        answer.Content.Headers.ContentType!.ToString().ShouldBe("text/csv; charset=utf-8");
        answer.Content.Headers.ContentDisposition!.FileNameStar.ShouldBe($"rejects-{job.Id}.csv");
        var rejects = await answer.Content.ReadAsStringAsync();
        rejects.ShouldStartWith("employee_code,first_name,last_name,reason\r\nREJ-2,");
        rejects.ShouldContain("REJ-3,Uma,C,\"has 4 cells, the header 3; too many: D\"\r\n");
        rejects.ShouldContain("REJ-4,,E,first_name is required\r\n");
        await Admin.GetAsync($"{Api}/users/REJ-2").ShouldBeAsync(Codes.NotFound);
    }

    [Fact]
    public async Task A_head_a_deleted_person_and_an_admin_in_the_file_are_held_to_the_rules_of_the_API()
    {
        var head = await Admin.RegisterAsync(Somebody(Role.Assignee));
        await Admin.OpenDepartmentAsync(head.Id);
        var gone = await Admin.RegisterAsync();
        await Admin.DeleteUserAsync(gone.Id);
        using var account = await given.Api.AsAccountAsync(Admin, Scopes.WriteUsers);

        var job = await (await account.ImportAsync($"employee_code,first_name,role\n{head.EmployeeCode},Ada,requester\n{gone.EmployeeCode},Ada,\nRULE-1,Ida,admin\n")).ReadAsync<BulkJobView>();

        job = await DoneAsync(job);
        job.Counts.ShouldBe(new ImportCounts(3, 0, 0, 0, 3));
        var rejects = await Admin.GetStringAsync(job.Rejects);
        rejects.ShouldContain("Name another head first.");
        rejects.ShouldContain("employee_code belongs to a person who is deleted");
        rejects.ShouldContain("Only an admin may make, change or deactivate admins.");
    }

    [Fact]
    public async Task An_import_that_was_cut_off_goes_on_when_the_service_is_back()
    {
        const int Rows = 400;
        await using var one = await UsersApi.StartAsync(("rate_limits", "false"));
        using var admin = await one.AsAsync(Role.Admin);
        var csv = string.Concat(Enumerable.Range(0, Rows).Select(n => $"CUT-{n},Ida\n"));
        var job = await (await admin.ImportAsync($"employee_code,first_name\n{csv}")).ReadAsync<BulkJobView>();
        await Eventually.ShouldAsync(async () => (await admin.ReadAsync<BulkJobView>(At(job))).Done > 0);

        await one.StopAsync();
        var doneBefore = await one.Database.ScalarAsync<long>("SELECT count(*) FROM users WHERE employee_code LIKE 'CUT-%'");
        await using var back = await one.StartAnotherAsync();

        doneBefore.ShouldBeInRange(1, Rows - 1, "it was cut off in the middle");
        using var again = await back.AsAsync(Role.Admin);
        await Eventually.ShouldAsync(async () => (await again.ReadAsync<BulkJobView>(At(job))).State == BulkJobState.Done);
        (await again.ReadAsync<BulkJobView>(At(job))).Counts.ShouldBe(new ImportCounts(Rows, Rows, 0, 0, 0));
        (await one.Database.ScalarAsync<long>("SELECT count(*) FROM users_events WHERE type = 'user.registered.v1'")).ShouldBe(Rows);
    }

    [Fact]
    public async Task The_same_file_under_the_same_key_is_one_import()
    {
        var key = Guid.NewGuid().ToString();
        const string File = "employee_code,first_name\nKEY-1,Ida\n";

        var first = await (await Admin.ImportAsync(File, key: key)).ReadAsync<BulkJobView>();
        using var again = await Admin.ImportAsync(File, key: key);

        again.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        (await again.ReadAsync<BulkJobView>()).Id.ShouldBe(first.Id);
    }

    static string At(BulkJobView job) => $"{Api}/bulk-jobs/users/{job.Id}";

    async Task<BulkJobView> StartAsync(string csv) => await (await Admin.ImportAsync(csv)).ReadAsync<BulkJobView>();

    async Task<BulkJobView> DoneAsync(BulkJobView job)
    {
        await Eventually.ShouldAsync(async () => (await Admin.ReadAsync<BulkJobView>(At(job))).State == BulkJobState.Done);
        return await Admin.ReadAsync<BulkJobView>(At(job));
    }

    Task<string?> StateAsync() => given.Api.Database.ScalarAsync<string>(
        """
        SELECT concat_ws(' ', (SELECT count(*) FROM users_events), (SELECT count(*) FROM user_imports), (SELECT count(*) FROM user_import_rows),
                         (SELECT md5(string_agg(u::text, ' ' ORDER BY id)) FROM users AS u))
        """);
}
