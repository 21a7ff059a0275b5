using System.Text.Json;

namespace Hdms.Cli.Tests;

public sealed class DoctorTests(RunningHdms hdms) : IClassFixture<RunningHdms>
{
    [Fact]
    public async Task What_is_well_is_left_alone_and_what_is_not_is_found_with_its_remedy()
    {
        var well = await hdms.RunAsync("doctor");
        well.ExitCode.ShouldBe(ExitCode.Done, well.Output);
        well.Output.ShouldContain("Nothing is wrong.");

        foreach (var (fault, _, _) in Faults)
            await hdms.SqlAsync(fault);
        var ill = await hdms.RunAsync("doctor", "--json");

        ill.ExitCode.ShouldBe(ExitCode.Failed);
        var findings = JsonDocument.Parse(ill.Output).RootElement.EnumerateArray()
            .Select(f => (Severity: f.GetProperty("severity").GetString(), What: f.GetProperty("what").GetString()!, Remedy: f.GetProperty("remedy").GetString()!)).ToList();
        foreach (var (_, severity, what) in Faults)
            findings.ShouldContain(f => f.Severity == severity && f.What.Contains(what, StringComparison.Ordinal) && f.Remedy.Length > 0, what);
        findings.Count(f => f.Severity != "note").ShouldBe(Faults.Length, ill.Output);

        await hdms.SqlAsync("UPDATE users_schema_history SET checksum = 'x' WHERE script = '0001_people.sql'");
        (await hdms.RunAsync("doctor")).Output.ShouldContain("0001_people.sql of users was changed after it had run here");
        await hdms.SqlAsync("INSERT INTO users_schema_history SELECT '9999_later.sql', 'x', '9.0.0', now(), interval '0'");
        (await hdms.RunAsync("doctor")).Output.ShouldContain("newer than this program: it does not know 9999_later.sql");
        await hdms.SqlAsync("DELETE FROM users_schema_history WHERE script IN ('9999_later.sql', '0001_people.sql')");
        (await hdms.RunAsync("doctor")).Output.ShouldContain("lack 1 of this program's schema scripts, 0001_people.sql first");
    }

    static readonly (string Fault, string Severity, string What)[] Faults =
    [
        ("DO $$ BEGIN PERFORM pg_create_logical_replication_slot('left_over', 'pgoutput'); END $$", "warning", "Replication slot left_over is read by nobody"),
        ("ALTER ROLE hdms_users CREATEDB", "warning", "Role hdms_users may do what only an admin should"),
        ("CREATE TABLE users_stray (n int)", "warning", "Table users_stray belongs to postgres instead of hdms_users_owner"),
        ("CREATE TABLE others (n int); GRANT SELECT ON others TO hdms_users", "warning", "Role hdms_users has rights on others"),
        ("REVOKE INSERT ON team_members FROM hdms_users", "error", "may not read and write its own table team_members"),
        ("GRANT UPDATE ON users_events TO hdms_users", "warning", "may change what is in users_events"),
        (
            """
            INSERT INTO users_parked (reader, epoch, position, stream_id, event, error, next_at)
            VALUES ('replica:x', 1, 7, gen_random_uuid(), '{"id": "1.7", "type": "ticket.opened.v1"}', 'no such column', now())
            """,
            "error", "reader replica:x has parked 1 events of 1 things; the first, 1.7, fails with: no such column"),
        (
            "INSERT INTO users_cursors (reader, source, epoch, position, updated_at) VALUES ('slow', 'tickets', 1, 5, now() - interval '1 hour')",
            "warning", "reader slow has never caught up with tickets"),
        (
            """
            INSERT INTO users_sagas (id, type, subject, state, step, data, error)
            VALUES (gen_random_uuid(), 'deactivate_user', 'someone', 'stuck', 'ask tickets', '{}', 'tickets said no')
            """,
            "error", "is stuck at ask tickets: tickets said no"),
        (
            "INSERT INTO users_dangling (reference, row_id, target_id) SELECT 'users.department_id', id, department_id FROM users WHERE employee_code = 'IT-001'",
            "error", "1 rows of users refer by department_id to what was deleted elsewhere"),
    ];

    [Fact]
    public async Task A_server_that_can_not_be_reached_is_a_finding_too()
    {
        var settings = new Dictionary<string, string> { ["HDMS_DATABASE"] = "127.0.0.1:1/hdms_db", ["HDMS_USERS_PASSWORD"] = "x" };

        var examined = await RealProgram.RunAsync(settings, "doctor", "--json", "--data", hdms.Data + "-none");

        examined.ExitCode.ShouldBe(ExitCode.Failed);
        examined.Output.ShouldContain("hdms_users can't enter database hdms_db on 127.0.0.1:1");
    }
}
