using Hdms.Cli.Cluster;
using Hdms.Testing;
using Npgsql;
using PgSplit;

namespace Hdms.Cli.Tests.Import;

/// <summary>An import while the old help desk is used: what people notice of it, what is lost (nothing), and how it is given up.</summary>
public sealed class LiveImportTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Category", "Long")]
    public async Task What_was_acknowledged_until_the_cutover_is_here_once_and_all_is_as_if_it_had_stood_still()
    {
        await using var helpdesk = await UsedHelpdesk.OpenAsync();
        helpdesk.Work();
        Done(await helpdesk.BeginAsync());

        // Every kind of change between the first pass and the last: of people, of parts, of what hangs on a ticket, and rows that go.
        await helpdesk.OldAsync(
            """
            UPDATE users_user SET last_name = 'Renamed' WHERE id = 20;
            UPDATE users_user SET role = 'nobody knows' WHERE id = 40;
            UPDATE users_department SET head_id = NULL WHERE id = 2;
            INSERT INTO users_team_member (department_id, user_id, added_at) SELECT 3, max(id), '2026-06-30' FROM users_user;
            DELETE FROM chat_message WHERE id = (SELECT min(id) FROM chat_message WHERE ticket_id = (SELECT ticket_id FROM chat_message GROUP BY 1 HAVING count(*) > 2 ORDER BY 1 LIMIT 1));
            UPDATE chat_message SET message = E'changed \r\n' WHERE id = (SELECT max(id) FROM chat_message);
            DELETE FROM chat_participant WHERE ticket_id = 30;
            UPDATE notifications_notification SET is_read = true, read_at = now() WHERE id < 20;
            UPDATE tickets_ticket SET status = 'on_hold_3' WHERE id = 40;
            UPDATE tickets_ticket SET status = 'in_progress' WHERE status = 'on_hold_2';
            UPDATE files_attachment SET original_filename = 'renamed.pdf' WHERE id = 2;
            UPDATE tickets_subticket SET parent_id = (SELECT min(id) FROM tickets_ticket WHERE status <> 'draft') WHERE id = (SELECT min(id) FROM tickets_subticket);
            """);
        var old = await helpdesk.AskAsync("INSERT INTO tickets_ticket SELECT (jsonb_populate_record(t, jsonb_build_object('id', nextval('tickets_ticket_id_seq'), 'ticket_id', 'HD-2026-99999'))).* FROM tickets_ticket AS t WHERE id = 10 RETURNING id", "monolith");
        Done(await helpdesk.ImportAsync("cutover", "--dry-run"));
        await helpdesk.OldAsync($"DELETE FROM tickets_ticket WHERE id = {old}");

        var cutover = Done(await helpdesk.ImportAsync("cutover"));

        cutover.Output.ShouldContain("write pause");
        cutover.Output.ShouldContain("all is well");
        var acknowledged = await helpdesk.RefusedAsync();
        acknowledged.Count(a => a.Action == "raise").ShouldBeGreaterThan(0);
        foreach (var (action, table, source) in new[] { ("raise", "tickets", "tickets_ticket"), ("say", "chat_messages", "chat_message") })
        {
            var ids = acknowledged.Where(a => a.Action == action).Select(a => a.Id).Distinct().ToList();
            // What was said in a ticket that is not taken is on the list of what was rejected; nothing is nowhere.
            (await helpdesk.AskAsync(
                $"""
                SELECT count(*) FROM unnest(ARRAY[{string.Join(", ", ids)}]::bigint[], ARRAY[{string.Join(", ", ids.Select(i => $"'{SourceFile.KeyOf(source, i)}'"))}]::uuid[]) AS w (old, id)
                WHERE (SELECT count(*) FROM {table} AS n WHERE n.id = w.id) + (SELECT count(*) FROM hdms_import.rejected AS r WHERE r.source = '{source}' AND r.old = w.old) = 1
                """)).ShouldBe($"{ids.Count}");
        }

        (await helpdesk.AskAsync("SELECT count(*) FROM users WHERE last_name = 'Renamed'")).ShouldBe("1");
        (await helpdesk.AskAsync($"SELECT count(*) FROM ticket_old_ids WHERE old_id = {old}")).ShouldBe("0");
        (await helpdesk.RowsAsync()).ShouldBe(await helpdesk.RowsOfPlainImportAsync());
    }

    [Fact]
    [Trait("Category", "Long")]
    public async Task Killed_in_the_first_pass_and_in_the_cutover_it_goes_on_where_it_was()
    {
        await using var helpdesk = await UsedHelpdesk.OpenAsync();
        helpdesk.Work();
        await helpdesk.KillInFirstPassAsync("import users");
        Done(await helpdesk.BeginAsync()).Output.ShouldContain("(done before)");
        await helpdesk.KillAsync("fence  ", "cutover");
        var acknowledged = await helpdesk.RefusedAsync();
        (await helpdesk.ImportAsync("status")).Output.ShouldContain("fenced");

        Done(await helpdesk.ImportAsync("cutover")).Output.ShouldContain("all is well");

        var raised = acknowledged.Where(a => a.Action == "raise").Select(a => a.Id).Distinct().ToList();
        (await helpdesk.AskAsync($"SELECT count(*) FROM ticket_old_ids WHERE old_id IN ({string.Join(", ", raised)})")).ShouldBe($"{raised.Count}");
        (await helpdesk.AskAsync("SELECT count(*) FROM pg_replication_slots")).ShouldBe("0");
        Done(await helpdesk.ImportAsync("done"));
        (await helpdesk.AskAsync("SELECT count(*) FROM pg_namespace WHERE nspname IN ('hdms_import', 'hdms_pass')")).ShouldBe("0");
    }

    [Fact]
    [Trait("Category", "Long")]
    public async Task Given_up_behind_the_fence_the_old_help_desk_goes_on_and_nothing_is_left_there()
    {
        await using var helpdesk = await UsedHelpdesk.OpenAsync();
        Done(await helpdesk.BeginAsync());
        await helpdesk.KillAsync("fence  ", "cutover");
        (await Should.ThrowAsync<PostgresException>(() => helpdesk.OldAsync("UPDATE users_user SET last_name = 'Late' WHERE id = 20"))).MessageText.ShouldContain("have moved to");

        Done(await helpdesk.ImportAsync("cancel")).Output.ShouldContain("goes on as before");

        await helpdesk.OldAsync("UPDATE users_user SET last_name = 'Late' WHERE id = 20");
        (await helpdesk.AskAsync("SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'pgsplit%' OR tgname LIKE 'hdms%'", "monolith")).ShouldBe("0");
        (await helpdesk.AskAsync("SELECT (SELECT count(*) FROM pg_replication_slots) + (SELECT count(*) FROM pg_publication) + (SELECT count(*) FROM pg_event_trigger)", "monolith")).ShouldBe("0");
        (await helpdesk.AskAsync("SELECT count(*) FROM pg_namespace WHERE nspname IN ('hdms_import', 'hdms_pass')")).ShouldBe("0");
    }

    [Fact]
    public async Task Where_both_sides_are_not_the_same_behind_the_fence_the_old_help_desk_takes_writes_again_until_it_is_mended()
    {
        await using var helpdesk = await UsedHelpdesk.OpenAsync();
        Done(await helpdesk.BeginAsync());
        var spoilt = await helpdesk.AskAsync("UPDATE notifications SET is_read = true, read_at = now() WHERE id = (SELECT id FROM notifications WHERE NOT is_read ORDER BY id LIMIT 1) RETURNING id");

        var refused = await helpdesk.ImportAsync("cutover");

        refused.ExitCode.ShouldBe(ExitCode.Failed, refused.Output + refused.Error);
        refused.Output.ShouldContain("DIFFERS: unread notifications, all");
        refused.Error.ShouldContain("the old help desk takes writes again");
        await helpdesk.OldAsync("UPDATE users_user SET last_name = 'Meanwhile' WHERE id = 20");
        (await helpdesk.ImportAsync("status")).Output.ShouldNotContain("fenced");
        await helpdesk.AskAsync($"UPDATE notifications SET is_read = false, read_at = NULL WHERE id = '{spoilt}'");

        Done(await helpdesk.ImportAsync("cutover")).Output.ShouldContain("all is well");

        (await helpdesk.AskAsync("SELECT count(*) FROM users WHERE last_name = 'Meanwhile'")).ShouldBe("1");
        (await Should.ThrowAsync<PostgresException>(() => helpdesk.OldAsync("UPDATE users_user SET last_name = 'Late' WHERE id = 20"))).MessageText.ShouldContain("have moved to");
    }

    [Fact]
    public async Task Without_logical_WAL_it_is_refused_in_one_line_and_nothing_is_changed()
    {
        using var directory = TestDirectory.Create();
        await using var server = await TestCluster.StartWithAsync(new() { ["wal_level"] = "replica" }, Ct);
        var address = new NpgsqlConnectionStringBuilder(server.ConnectionString());
        await using (var old = await OldDatabase.OpenAsync(server.ConnectionString()))
        {
            await using var schema = new NpgsqlCommand(Hdms.Cli.Import.ImportPolicies.Resource("schema.sql"), old);
            await schema.ExecuteNonQueryAsync(Ct);
        }

        var refused = await RealProgram.RunAsync(
            "import", "--live", "--no-backup", "--data", Path.Combine(directory.Path, "data"), "--from",
            $"postgres://{address.Username}:{Uri.EscapeDataString(address.Password ?? "")}@127.0.0.1:{server.Port}/{address.Database}?sslmode=disable");

        refused.ExitCode.ShouldBe(ExitCode.WrongUsage, refused.Output + refused.Error);
        var said = refused.Error.Split('\n').Single(l => l.StartsWith("hdms:", StringComparison.Ordinal));
        said.ShouldContain("ALTER SYSTEM SET wal_level = 'logical'");
        said.ShouldContain("Nothing was changed");
        await using var after = await OldDatabase.OpenAsync(server.ConnectionString());
        await using var left = new NpgsqlCommand("SELECT to_regnamespace('pgsplit') IS NULL", after);
        (await left.ExecuteScalarAsync(Ct)).ShouldBe(true);
    }

    static ToolResult Done(ToolResult result)
    {
        result.ExitCode.ShouldBe(ExitCode.Done, result.Output + result.Error);
        return result;
    }
}
