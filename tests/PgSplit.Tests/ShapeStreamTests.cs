using FsCheck;
using FsCheck.Fluent;
using Hdms.Testing;
using PgSplit.Control;
using PgSplit.Follow;

namespace PgSplit.Tests;

/// <summary>Changes that are followed into another shape.</summary>
public sealed class ShapeStreamTests
{
    static readonly CancellationToken Ct = CancellationToken.None;

    [Fact]
    public async Task Rows_written_after_the_copy_get_the_same_shape_as_those_before()
    {
        await using var world = await ShapeWorld.CreateAsync();
        await using var move = await world.InSyncAsync();

        await world.Pair.OnSourceAsync(
            """
            INSERT INTO users_user (email, full_name) VALUES ('new@example.org', 'New');
            INSERT INTO tickets_ticket (requester_id, title, tags_csv, minutes) VALUES (201, 'fresh', 'x,y', 3), (NULL, 'nobody''s', '', NULL);
            INSERT INTO tickets_comment (ticket_id, line) VALUES (1001, 'first');
            UPDATE tickets_ticket SET tags_csv = tags_csv || ',z', minutes = minutes + 1 WHERE id < 50;
            UPDATE tickets_ticket SET requester_id = 201 WHERE id = 7;
            UPDATE tickets_ticket SET id = 5000 WHERE id = 1000 AND NOT EXISTS (SELECT FROM tickets_comment WHERE ticket_id = 1000);
            DELETE FROM tickets_comment WHERE id % 3 = 0;
            DELETE FROM users_user WHERE id = 9;
            """);
        await CaughtUpAsync(world, move);

        await world.Pair.ShouldBeInShapeAsync();
        (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);
    }

    [Fact]
    public async Task A_row_turns_from_refused_to_accepted_and_back_while_it_is_followed()
    {
        await using var world = await ShapeWorld.CreateAsync();
        await using var move = await world.InSyncAsync();

        await world.Pair.OnSourceAsync("UPDATE users_user SET deleted_at = NULL WHERE id = 190; UPDATE users_user SET deleted_at = now() WHERE id = 3");
        await CaughtUpAsync(world, move);

        await world.Pair.ShouldBeInShapeAsync();
        (await RefusedAsync(world)).ShouldBe("{3} {181} {182} {183} {184} {185} {186} {187} {188} {189} {191} {192} {193} {194} {195} {196} {197} {198} {199} {200}");

        await world.Pair.OnSourceAsync(
            """
            UPDATE users_user SET deleted_at = now(), email = 'back@example.org' WHERE id = 190;
            UPDATE users_user SET deleted_at = NULL, full_name = 'Three' WHERE id = 3;
            UPDATE users_user SET full_name = 'still gone' WHERE id = 195;
            UPDATE users_user SET id = 1195 WHERE id = 196;
            DELETE FROM users_user WHERE id > 196 AND id < 1000;
            INSERT INTO users_user (id, email, deleted_at) VALUES (300, 'never@example.org', now());
            """);
        await CaughtUpAsync(world, move);

        await world.Pair.ShouldBeInShapeAsync();
        (await RefusedAsync(world)).ShouldBe("{181} {182} {183} {184} {185} {186} {187} {188} {189} {190} {191} {192} {193} {194} {195} {300} {1195}");
        (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);
    }

    [Fact]
    public async Task A_large_value_that_an_update_leaves_as_it_was_is_still_what_an_expression_reads()
    {
        await using var world = await ShapeWorld.CreateAsync(
            "big: { where: \"length(a) > 10\", columns: { digest: { sql: \"md5(a) || n\" } } }\nplain: { to: renamed, key: uuid }",
            """
            CREATE TABLE big (id int PRIMARY KEY, a text, b text, n int);
            CREATE TABLE plain (id serial PRIMARY KEY, a text, n int);
            ALTER TABLE big ALTER a SET STORAGE EXTERNAL, ALTER b SET STORAGE EXTERNAL; ALTER TABLE plain ALTER a SET STORAGE EXTERNAL;
            INSERT INTO big SELECT g, repeat('a', 5000 * (g % 2)), repeat('b', 5000), g FROM generate_series(1, 10) g;
            INSERT INTO plain (a, n) SELECT repeat('c', 5000), g FROM generate_series(1, 10) g;
            """);
        await using var move = await world.InSyncAsync();

        await world.Pair.OnSourceAsync(
            """
            UPDATE big SET n = n + 100; UPDATE big SET b = 'short' WHERE id = 3; UPDATE big SET a = repeat('x', 4000) WHERE id = 4; UPDATE big SET id = 50 WHERE id = 5;
            UPDATE plain SET n = n + 1; UPDATE plain SET id = 60, n = 1 WHERE id = 6;
            """);
        await CaughtUpAsync(world, move);

        await world.Pair.ShouldBeAsync("SELECT id, a, b, n, digest FROM big", "SELECT id, a, b, n, md5(a) || n FROM big WHERE length(a) > 10");
        await world.Pair.ShouldBeAsync("SELECT id, a, n FROM renamed", $"SELECT {ShapeWorld.Key("plain", "id")}, a, n FROM plain");
        // Only where an expression needs it: whole old rows cost the source WAL.
        (await world.Pair.FromSourceAsync<string>("SELECT string_agg(relreplident::text, '' ORDER BY relname) FROM pg_class WHERE relname IN ('big', 'plain')")).ShouldBe("fd");
    }

    static readonly string[] Statements =
    [
        "INSERT INTO users_user (id, email, full_name, deleted_at) VALUES ({0}, '{1}@x', 'n', CASE WHEN {1} % 3 = 0 THEN now() END) ON CONFLICT DO NOTHING",
        "UPDATE users_user SET deleted_at = CASE WHEN deleted_at IS NULL THEN now() END WHERE id = {0}", "UPDATE users_user SET full_name = repeat('long', {1} * 300) WHERE id = {0}", "UPDATE users_user u SET email = email || 'u' WHERE id = {0} AND NOT EXISTS (SELECT FROM users_user o WHERE o.email = u.email || 'u')",
        "UPDATE users_user SET id = {1} WHERE id = {0} AND NOT EXISTS (SELECT FROM users_user WHERE id = {1}) AND NOT EXISTS (SELECT FROM tickets_ticket WHERE requester_id = {0})",
        "INSERT INTO tickets_ticket (id, requester_id, title, tags_csv, minutes, body) VALUES ({0}, (SELECT id FROM users_user WHERE id = {1} AND deleted_at IS NULL), 't', 'a,{1}', {1}, repeat('body', {1} * 300)) ON CONFLICT DO NOTHING",
        "UPDATE tickets_ticket SET tags_csv = tags_csv || ',b', minutes = nullif({1}, 5) WHERE id = {0}", "UPDATE tickets_ticket SET requester_id = (SELECT id FROM users_user WHERE id = {1}) WHERE id = {0}", "DELETE FROM tickets_ticket WHERE id = {0}",
        "UPDATE tickets_ticket SET id = {1} WHERE id = {0} AND NOT EXISTS (SELECT FROM tickets_ticket WHERE id = {1}) AND NOT EXISTS (SELECT FROM tickets_comment WHERE ticket_id = {0})",
        "INSERT INTO tickets_comment (ticket_id, line) SELECT id, 'c{1}' FROM tickets_ticket WHERE id = {0}", "UPDATE tickets_comment SET line = 'l{1}' WHERE ticket_id = {0}", "TRUNCATE tickets_comment", "SAVEPOINT s; DELETE FROM tickets_comment; ROLLBACK TO s",
    ];

    [Fact]
    public async Task Whatever_is_written_copy_and_stream_come_to_the_same_rows()
    {
        await using var world = await ShapeWorld.CreateAsync(schema: ShapeWorld.HelpDesk + "TRUNCATE users_user, tickets_ticket, tickets_comment");
        await using var move = await world.InSyncAsync();
        var statement = from which in Gen.Choose(0, Statements.Length - 1) from a in Gen.Choose(1, 9) from b in Gen.Choose(1, 9) from together in Gen.Choose(0, 2) select (which, a, b, together);
        var property = Prop.ForAll(statement.ArrayOf(25).ToArbitrary(), steps =>
        {
            RunAsync().GetAwaiter().GetResult();
            return true;

            async Task RunAsync()
            {
                var sql = string.Concat(steps.Select(s => string.Format(System.Globalization.CultureInfo.InvariantCulture, Statements[s.which], s.a, s.b) + (s.together == 0 ? "; COMMIT; BEGIN; " : "; ")));
                await world.Pair.OnSourceAsync($"BEGIN; {sql} COMMIT");
                await CaughtUpAsync(world, move);
                await world.Pair.ShouldBeInShapeAsync();
                // What the copy would make of it now.
                (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);
                (await RefusedAsync(world)).ShouldBe(await world.Pair.FromSourceAsync<string>("SELECT coalesce(string_agg(ARRAY[id]::text, ' ' ORDER BY id), '') FROM users_user WHERE deleted_at IS NOT NULL"));
            }
        });
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(25).WithEndSize(25), property);
    }

    [Fact]
    public async Task A_row_that_an_expression_makes_nothing_of_stops_the_stream_and_is_named_and_goes_once_it_is_mended_and_copied_anew()
    {
        await using var world = await ShapeWorld.CreateAsync("counters: { columns: { n: { sql: \"100 / n\" } } }", ShapeWorld.HelpDesk + "UPDATE counters SET n = 1");
        await using var move = await world.InSyncAsync();

        await world.Pair.OnSourceAsync("UPDATE counters SET n = 5 WHERE id = 2; UPDATE counters SET n = 0 WHERE id = 13");

        await Eventually.ShouldAsync(() => Task.FromResult(move.Streams!.Forward.Fault is not null));
        move.Streams!.Forward.Fault!.Message.ShouldStartWith("an expression of the map fails on the row of counters with key (13): division by zero.");

        // Nothing of the run is there. What was written stays in the WAL: mended, the row is copied.
        (await world.Pair.FromTargetAsync<long>("SELECT sum(n)::bigint FROM counters")).ShouldBe(2000);
        await world.Pair.OnSourceAsync("UPDATE counters SET n = 4 WHERE id = 13");
        await move.CancelAsync(Ct);
        await move.PrepareAsync(Ct);
        await move.CopyAsync(Ct);
        (await world.Pair.FromTargetAsync<long>("SELECT n FROM counters WHERE id = 13")).ShouldBe(25);
        (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);
    }

    internal static async Task CaughtUpAsync(MoveWorld world, Move move, Side from = Side.Source)
    {
        await using var sending = await (from == Side.Source ? world.Pair.Source : world.Pair.Target).OpenAsync("test", Ct);
        var barrier = await BarrierMessage.EmitAsync(sending, world.Definition.Id, 0, Ct);
        await move.Streams!.From(from).ReachedAsync(barrier, Ct).WaitAsync(TimeSpan.FromMinutes(2));
    }

    static async Task<string?> RefusedAsync(MoveWorld world) =>
        await world.Pair.FromTargetAsync<string>("SELECT coalesce(string_agg(key::text, ' ' ORDER BY key[1]::int), '') FROM pgsplit.refused WHERE name = 'users_user'");
}
