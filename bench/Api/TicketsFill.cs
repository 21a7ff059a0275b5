using System.Diagnostics;
using Dapper;
using Npgsql;
using Spectre.Console;

namespace Hdms.Bench.Api;

/// <summary>Seven departments with their heads, and as many tickets as asked for, made by SQL: most are closed, some of every department are at work.</summary>
static class TicketsFill
{
    public const string ModeratorCode = "BENCH-MOD";
    public const string HeadCode = "BENCH-HEAD";
    public const string RequesterCode = "BENCH-REQ";

    /// <summary>One of the two thousand whom the fill gave their share; the other requester has raised thousands within a minute by then.</summary>
    public const string OtherRequesterCode = "BENCH-19";

    /// <summary>So many of the head's tickets in progress are moved on in the benchmark.</summary>
    public const int Moved = 500;

    const int Batch = 50_000;
    const int Departments = 7;

    /// <returns>The ids of tickets that the head has in progress, and of any.</returns>
    public static async Task<(IReadOnlyList<Guid> InProgress, IReadOnlyList<Guid> Any)> FillAsync(House house, int tickets)
    {
        await using var connection = new NpgsqlConnection(house.ConnectionString);
        await connection.OpenAsync();
        if (await connection.ExecuteScalarAsync<bool>("SELECT to_regclass('bench_tickets') IS NOT NULL"))
        {
            return await ChosenAsync(connection, tickets);
        }

        await PeopleAsync(connection, house);
        var started = Stopwatch.GetTimestamp();

        // All indexes but those of constraints go for the time: to sort a million rows once is quicker than to insert each in its place.
        var indexes = (await connection.QueryAsync<(string Name, string Definition)>(
            """
            SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index AS i
            WHERE i.indrelid = 'tickets'::regclass AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid)
            """)).ToList();
        await connection.ExecuteAsync($"DROP INDEX {string.Join(", ", indexes.Select(i => i.Name))}; SET synchronous_commit = off; SET maintenance_work_mem = '512MB'");
        for (var from = 1; from <= tickets; from += Batch)
        {
            await connection.ExecuteAsync(Insert, new { from, to = Math.Min(tickets, from + Batch - 1), tickets, departments = Departments, people = house.People.Count });
            AnsiConsole.MarkupLine($"[grey]{Math.Min(tickets, from + Batch - 1):N0} of {tickets:N0} tickets, {Stopwatch.GetElapsedTime(started).TotalSeconds:N0} s[/]");
        }

        foreach (var (name, definition) in indexes)
        {
            await connection.ExecuteAsync(definition);
            AnsiConsole.MarkupLine($"[grey]{name}, {Stopwatch.GetElapsedTime(started).TotalSeconds:N0} s[/]");
        }

        await connection.ExecuteAsync(
            """
            INSERT INTO ticket_counters (year, last) SELECT extract(year FROM now() AT TIME ZONE 'Asia/Karachi')::integer, @tickets
            ON CONFLICT (year) DO UPDATE SET last = excluded.last
            """,
            new { tickets });
        await connection.ExecuteAsync("ANALYZE tickets");
        await connection.ExecuteAsync("VACUUM ANALYZE");
        await connection.ExecuteAsync("CHECKPOINT", commandType: System.Data.CommandType.Text);

        // By numbers, for pgbench; and last, for by this table a later run knows that all is there.
        await connection.ExecuteAsync(
            """
            CREATE TABLE bench_tickets AS
            SELECT 'in_progress' AS kind, row_number() OVER () AS n, id
            FROM (SELECT id FROM tickets WHERE status = 'in_progress' AND assignee_id = @head ORDER BY created_at DESC LIMIT @Moved) AS t
            UNION ALL
            SELECT 'any', row_number() OVER (), id FROM tickets WHERE number_in_year % (@tickets / 2000 + 1) = 0;
            ALTER TABLE bench_tickets ADD PRIMARY KEY (kind, n);
            ANALYZE bench_tickets;
            """,
            new { tickets, head = house.People[2], Moved });
        return await ChosenAsync(connection, tickets);
    }

    /// <exception cref="InvalidOperationException">An earlier run has left another number of tickets.</exception>
    static async Task<(IReadOnlyList<Guid> InProgress, IReadOnlyList<Guid> Any)> ChosenAsync(NpgsqlConnection connection, int tickets)
    {
        var there = await connection.ExecuteScalarAsync<long>("SELECT count(*) FROM tickets WHERE id::text LIKE '01900000-0000-7000-a000-%'");
        if (there != tickets)
        {
            throw new InvalidOperationException($"There are {there:N0} tickets in the data that was kept. Give --tickets {there}, or another folder.");
        }

        var chosen = (await connection.QueryAsync<(string Kind, Guid Id)>("SELECT kind, id FROM bench_tickets ORDER BY n")).ToLookup(c => c.Kind, c => c.Id);
        return ([.. chosen["in_progress"]], [.. chosen["any"]]);
    }

    /// <summary>The tickets service hears of people by events, and these have none: it is told by the same SQL.</summary>
    static Task<int> PeopleAsync(NpgsqlConnection connection, House house) => connection.ExecuteAsync(
        """
        INSERT INTO departments (id, name, code, head_id, total_capacity, queue_enabled, created_at, updated_at, version)
        SELECT ('00000000-0000-7000-9000-' || lpad(n::text, 12, '0'))::uuid, 'Department ' || n, 'B' || n, @people[n + 2], 1000000, false, now(), now(), 1
        FROM generate_series(1, @Departments) AS n;
        UPDATE users SET role = 'moderator', employee_code = @ModeratorCode WHERE id = @people[2];
        UPDATE users AS u SET role = 'assignee', department_id = d.id FROM departments AS d WHERE d.head_id = u.id;
        UPDATE users SET employee_code = @HeadCode WHERE id = @people[3];
        UPDATE users SET employee_code = @RequesterCode WHERE id = @people[20];
        INSERT INTO user_credentials (user_id, password_hash, must_change, updated_at)
        SELECT id, (SELECT password_hash FROM user_credentials WHERE user_id = @people[1]), false, now() FROM unnest(@people[2:20]) AS p (id)
        ON CONFLICT DO NOTHING;
        INSERT INTO tickets_replica_users (id, first_name, last_name, role, department_id, is_active, version)
        SELECT id, first_name, last_name, role, department_id, true, 1 FROM users ON CONFLICT DO NOTHING;
        INSERT INTO tickets_replica_departments (id, name, code, head_id, total_capacity, queue_enabled, state, is_deleted, version)
        SELECT id, name, code, head_id, total_capacity, queue_enabled, 'open', false, 1 FROM departments ON CONFLICT DO NOTHING;
        """,
        new { people = house.People.ToArray(), Departments, ModeratorCode, HeadCode, RequesterCode });

    const string Insert =
        """
        INSERT INTO tickets (
          id, number, number_year, number_in_year, title, description, status, previous_status, priority, category, requester_id, created_by, department_id,
          assignee_id, response_due_at, due_at, sla, submitted_at, assigned_at, acknowledged_at, started_at, postponed_at, resolved_at, closed_at, closed_reason,
          progress_percent, tags, created_at, updated_at, version)
        SELECT
          ('01900000-0000-7000-a000-' || lpad(to_hex(n), 12, '0'))::uuid, 'HD-' || y || '-' || lpad(n::text, greatest(4, length(n::text)), '0'), y, n,
          (ARRAY['Printer', 'Laptop', 'Network', 'Heating', 'Invoice', 'Door', 'Badge'])[1 + n % 7] || ' in room ' || n % 400
            || (ARRAY[' is broken', ' is late', ' makes noise', ' is missing', ' is wrong'])[1 + n % 5],
          repeat('What happened, since when, and what was tried so far. ', 6), s, CASE WHEN s = 'postponed' THEN 'assigned' END,
          (ARRAY['low', 'medium', 'high', 'medium', 'urgent'])[1 + n % 5], 'Category ' || n % 12, person, person, department.id,
          CASE WHEN s NOT IN ('pending', 'under_review', 'rejected') THEN department.head_id END,
          at + interval '4 hours', CASE WHEN s NOT IN ('pending', 'under_review', 'rejected') THEN at + interval '48 hours' END, '{}',
          at, CASE WHEN s NOT IN ('pending', 'under_review', 'rejected') THEN at + interval '1 hour' END, CASE WHEN s IN ('in_progress', 'resolved', 'closed') THEN at + interval '2 hours' END,
          CASE WHEN s IN ('in_progress', 'resolved', 'closed') THEN at + interval '3 hours' END, CASE WHEN s = 'postponed' THEN at + interval '5 hours' END,
          CASE WHEN s IN ('resolved', 'closed') THEN at + interval '20 hours' END, CASE WHEN s = 'closed' THEN at + interval '90 hours' END, CASE WHEN s = 'closed' THEN 'auto' END,
          CASE WHEN s IN ('resolved', 'closed') THEN 100 WHEN s = 'in_progress' THEN n % 100 ELSE 0 END, CASE WHEN n % 4 = 0 THEN ARRAY['tag' || n % 30] ELSE '{}' END, at, at + interval '90 hours', 5
        FROM (
          SELECT n, extract(year FROM now() AT TIME ZONE 'Asia/Karachi')::integer AS y, now() - (@tickets - n) * interval '30 seconds' AS at,
            ('00000000-0000-7000-8000-' || lpad((10 + (n::bigint * 7919) % (@people - 10))::text, 12, '0'))::uuid AS person,
            CASE WHEN n % 100 < 80 THEN 'closed' WHEN n % 100 < 84 THEN 'rejected' WHEN n % 100 < 87 THEN 'resolved' WHEN n % 100 < 92 THEN 'in_progress'
                 WHEN n % 100 < 95 THEN 'assigned' WHEN n % 100 < 97 THEN 'pending' WHEN n % 100 < 99 THEN 'under_review' ELSE 'postponed' END AS s,
            ('00000000-0000-7000-9000-' || lpad((1 + (n::bigint * 31) % @departments)::text, 12, '0'))::uuid AS department
          FROM generate_series(@from, @to) AS n) AS t
        JOIN departments AS department ON department.id = t.department
        ORDER BY n
        """;
}
