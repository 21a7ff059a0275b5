using Dapper;
using Hdms.Bench.Api;
using Npgsql;
using Spectre.Console;

namespace Hdms.Bench.Web;

/// <summary>What the pages read beside the tickets themselves. Those were made by SQL and have no events for others to hear of, so this is, too.</summary>
static class WebFill
{
    /// <summary>The read side, with two messages of each ticket to search in; and chats of ten messages for the tickets whose pages are asked for.</summary>
    public static async Task FillAsync(House house)
    {
        await using var connection = new NpgsqlConnection(house.ConnectionString);
        await connection.OpenAsync();
        if (await connection.ExecuteScalarAsync<bool>("SELECT EXISTS (SELECT FROM chat_messages)"))
            return;
        AnsiConsole.MarkupLine("[grey]the read side, messages[/]");
        await connection.ExecuteAsync("SET synchronous_commit = off; SET maintenance_work_mem = '512MB'");
        // To sort a million rows once is quicker than to insert each in its place, words above all.
        var indexes = (await connection.QueryAsync<(string Name, string Definition)>(
            """
            SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index AS i
            WHERE i.indrelid IN ('view_tickets'::regclass, 'view_messages'::regclass) AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid)
            """)).ToList();
        await connection.ExecuteAsync($"DROP INDEX {string.Join(", ", indexes.Select(i => i.Name))}");
        foreach (var (view, source) in new[] { ("view_tickets", "tickets"), ("view_users", "users"), ("view_departments", "departments") })
        {
            var columns = await SharedAsync(connection, view, source);
            var more = view == "view_tickets" ? ", messages, last_activity_at" : "";
            var values = view == "view_tickets" ? ", 2, updated_at" : "";
            await connection.ExecuteAsync($"INSERT INTO {view} ({columns}{more}) SELECT {columns}{values} FROM {source} ON CONFLICT DO NOTHING");
        }

        await connection.ExecuteAsync(Searched);
        foreach (var (_, definition) in indexes)
            await connection.ExecuteAsync(definition);
        await connection.ExecuteAsync(Shown);
        await connection.ExecuteAsync("VACUUM ANALYZE");
    }

    const string Sentence =
        """
        (ARRAY['Somebody was here and looked at it.', 'The spare part is ordered and comes next week.', 'Please try again after lunch.', 'It works now, thank you.', 'The same happened on the other floor.'])[1 + (hashint4(n) & 3)]
          || ' Room ' || n % 400 || (ARRAY[', printer', ', laptop', ', heating', ', invoice', ''])[1 + n % 5]
        """;

    const string Searched =
        $"""
        INSERT INTO view_messages (id, ticket_id, number, sender_id, message, is_deleted, created_at, updated_at, version)
        SELECT gen_random_uuid(), t.id, m, t.requester_id, {Sentence}, false, t.created_at, t.created_at, 1
        FROM (SELECT *, number_in_year AS n FROM view_tickets) AS t CROSS JOIN generate_series(1, 2) AS m
        """;

    const string Shown =
        $"""
        INSERT INTO chat_rooms (
          id, number, title, status, priority, generation, progress_percent, requester_id, department_id, assignee_id, heard_epoch, heard_position, ticket_version, created_at, updated_at, version)
        SELECT t.id, t.number, t.title, t.status, t.priority, 1, t.progress_percent, t.requester_id, t.department_id, t.assignee_id, 0, 0, t.version, t.created_at, t.updated_at, 1
        FROM tickets AS t JOIN bench_tickets AS b ON b.id = t.id AND b.kind = 'any';
        INSERT INTO chat_messages (id, ticket_id, session_no, number, sender_id, message, created_at, updated_at, version)
        SELECT gen_random_uuid(), r.id, 1, n, CASE WHEN n % 2 = 0 THEN r.assignee_id ELSE r.requester_id END, {Sentence}, r.created_at + n * interval '1 hour', r.created_at + n * interval '1 hour', 1
        FROM chat_rooms AS r CROSS JOIN generate_series(1, 10) AS n WHERE r.assignee_id IS NOT NULL;
        INSERT INTO ticket_participants (id, ticket_id, user_id, role_in_ticket, joined_at, visible_from, created_at, updated_at, version)
        SELECT gen_random_uuid(), r.id, p.id, p.role, r.created_at, r.created_at, r.created_at, r.created_at, 1
        FROM chat_rooms AS r CROSS JOIN LATERAL (VALUES (r.requester_id, 'requester'), (r.assignee_id, 'assignee')) AS p (id, role)
        WHERE p.id IS NOT NULL AND (p.role = 'requester' OR p.id <> r.requester_id);
        INSERT INTO communication_replica_users (id, first_name, last_name, role, department_id, is_active, version)
        SELECT id, first_name, last_name, role, department_id, true, 1 FROM users ON CONFLICT DO NOTHING;
        """;

    /// <summary>The columns that both tables have, as SQL.</summary>
    static async Task<string> SharedAsync(NpgsqlConnection connection, string view, string source) => string.Join(", ", await connection.QueryAsync<string>(
        """
        SELECT v.column_name FROM information_schema.columns AS v
        JOIN information_schema.columns AS t ON t.table_name = @source AND t.column_name = v.column_name AND t.table_schema = v.table_schema
        WHERE v.table_name = @view AND v.is_generated = 'NEVER' AND v.table_schema = 'public'
        """,
        new { view, source }));
}
