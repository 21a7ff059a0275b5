using FsCheck;
using FsCheck.Fluent;
using Npgsql;

namespace PgSplit.Tests;

/// <summary>Whatever several sessions do at once, in whatever order they begin and commit, the target is what the source is (PROTOCOL case 54).</summary>
public sealed class FollowPropertyTests
{
    const string Schema =
        """
        CREATE TABLE keyed (id int PRIMARY KEY, u int UNIQUE, v text);
        CREATE TABLE bag (a int, b text);
        ALTER TABLE bag REPLICA IDENTITY FULL;
        CREATE TABLE parted (k int, at int, v text, PRIMARY KEY (k, at)) PARTITION BY RANGE (at);
        CREATE TABLE parted_a PARTITION OF parted FOR VALUES FROM (0) TO (5);
        CREATE TABLE parted_b PARTITION OF parted FOR VALUES FROM (5) TO (100);
        """;

    static readonly string[] Statements =
    [
        "INSERT INTO keyed VALUES ({0}, {1}, 'i') ON CONFLICT DO NOTHING", "UPDATE keyed SET v = v || 'u', u = NULL WHERE id = {0}", "DELETE FROM keyed WHERE id = {0}",
        "UPDATE keyed SET id = {1} WHERE id = {0} AND NOT EXISTS (SELECT FROM keyed WHERE id = {1})",
        "UPDATE keyed k SET u = NULL WHERE id IN ({0}, {1}); UPDATE keyed SET u = {1} WHERE id = {0} AND NOT EXISTS (SELECT FROM keyed WHERE u = {1}); UPDATE keyed SET u = {0} WHERE id = {1} AND NOT EXISTS (SELECT FROM keyed WHERE u = {0})",
        "INSERT INTO keyed VALUES ({0}, NULL, repeat('long', 3000)) ON CONFLICT (id) DO UPDATE SET v = excluded.v", "SAVEPOINT s; DELETE FROM keyed; INSERT INTO bag VALUES ({0}, 'gone'); ROLLBACK TO s",
        "SAVEPOINT s; INSERT INTO bag VALUES ({0}, 'kept'); RELEASE s", "INSERT INTO bag VALUES ({0}, NULL), ({0}, 'b')", "DELETE FROM bag WHERE ctid = (SELECT min(ctid) FROM bag WHERE a = {0})",
        "UPDATE bag SET b = '{1}' WHERE a = {0}", "TRUNCATE bag", "INSERT INTO parted VALUES ({0}, {1}, 'p') ON CONFLICT DO NOTHING", "UPDATE parted SET at = (at + {1}) % 10, v = 'm' WHERE k = {0} AND NOT EXISTS (SELECT FROM parted p WHERE p.k = {0} AND p.at <> parted.at)",
        "DELETE FROM parted_b WHERE k = {0}", "TRUNCATE parted",
    ];

    /// <summary>Of a session: a statement with its two numbers, or how its transaction ends.</summary>
    sealed record Step(int Session, int Statement, int A, int B, bool Ends, bool Commits);

    static readonly Gen<Step> AnyStep =
        from session in Gen.Choose(0, 2)
        from statement in Gen.Choose(0, Statements.Length - 1)
        from a in Gen.Choose(0, 9)
        from b in Gen.Choose(0, 9)
        from end in Gen.Choose(0, 9)
        select new Step(session, statement, a, b, end < 3, end < 2);

    [Fact]
    [Trait("Case", "54"), Trait("Case", "47")]
    public async Task Overlapping_transactions_of_any_kind_leave_both_sides_alike()
    {
        await using var world = await StreamWorld.CreateAsync(Schema, "keyed", "bag", "parted");
        var sessions = new List<NpgsqlConnection>();
        for (var i = 0; i < 3; i++)
        {
            var session = await world.Pair.Source.OpenAsync("writer", CancellationToken.None);
            await SwitchedWorld.RunAsync(session, "SET search_path = public; SET lock_timeout = '20ms'");
            sessions.Add(session);
        }

        var property = Prop.ForAll(AnyStep.ArrayOf(30).ToArbitrary(), steps =>
        {
            RunAsync(world, sessions, steps).GetAwaiter().GetResult();
            return true;
        });
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(25).WithEndSize(30), property);
        foreach (var session in sessions)
            await session.DisposeAsync();
    }

    static async Task RunAsync(StreamWorld world, List<NpgsqlConnection> sessions, Step[] steps)
    {
        var open = new bool[sessions.Count];
        foreach (var step in steps)
        {
            var session = sessions[step.Session];
            try
            {
                if (!open[step.Session])
                    await SwitchedWorld.RunAsync(session, "BEGIN");
                open[step.Session] = true;
                await SwitchedWorld.RunAsync(session, string.Format(System.Globalization.CultureInfo.InvariantCulture, Statements[step.Statement], step.A, step.B));
                if (!step.Ends)
                    continue;
                await SwitchedWorld.RunAsync(session, step.Commits ? "COMMIT" : "ROLLBACK");
            }
            catch (PostgresException)
            {
                // It met another session's lock, or a row that is there: its transaction is over, as an application's would be.
                await SwitchedWorld.RunAsync(session, "ROLLBACK");
            }

            open[step.Session] = false;
        }

        foreach (var session in sessions.Where((_, i) => open[i]))
            await SwitchedWorld.RunAsync(session, "COMMIT");
        await world.CaughtUpAsync();
        await world.ShouldBeAlikeAsync();
    }
}
