using PgSplit.Control;
using PgSplit.Ddl;
using PgSplit.Fencing;
using PgSplit.Pg;

namespace PgSplit.Tests;

/// <summary>A whole move by a role that is no superuser, with the privileges of PROTOCOL 1.0 and no others.</summary>
public sealed class PlainRoleTests
{
    const string Role = "plain_mover";
    static readonly CancellationToken Ct = CancellationToken.None;

    [Fact]
    [Trait("Case", "13"), Trait("Case", "57")]
    public async Task A_role_with_just_the_privileges_that_plan_asks_for_moves_switches_reverses_and_completes()
    {
        await using var world = await MoveWorld.CreateAsync();
        await AsPlainRoleAsync(world);
        await using (var move = await world.InSyncAsync())
        {
            world.Said.ShouldContain(s => s.StartsWith("guard: detect only", StringComparison.Ordinal));
            await world.Pair.OnSourceAsync("INSERT INTO orders (customer_id) VALUES (1); UPDATE counters SET n = 9; DELETE FROM log");
            (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);
            await move.TickAsync(Ct);
            await move.SwitchAsync(Side.Source, dryRun: false, 0, Ct);
            await world.Pair.OnTargetAsync("INSERT INTO orders (customer_id) VALUES (1); INSERT INTO customers (name) VALUES ('new'); UPDATE counters SET n = 10");
            await move.SwitchAsync(Side.Target, dryRun: false, 0, Ct);
            await world.ShouldBeAlikeAsync();
            await move.SwitchAsync(Side.Source, dryRun: false, 0, Ct);
            (await Should.ThrowAsync<Npgsql.PostgresException>(world.Pair.OnSourceAsync("UPDATE counters SET n = 11"))).SqlState.ShouldBe(Fence.SqlState);
            (await world.StatusAsync()).Guard.ShouldBe("detect only");
            await move.CompleteAsync(new CompleteOptions(OldTables.Fate.Keep, Force: false), Ct);
        }
    }

    // The tables belong to a role of their own, of which the mover is a member.
    static async Task AsPlainRoleAsync(MoveWorld world)
    {
        var (source, target) = (world.Pair.Source, world.Pair.Target);
        await world.Pair.OnSourceAsync(
            $"""
            DO $$ BEGIN
                IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{Role}') THEN
                    CREATE ROLE plain_owner; CREATE ROLE {Role} LOGIN REPLICATION PASSWORD '{Role}' IN ROLE plain_owner; GRANT SET ON PARAMETER session_replication_role TO {Role};
                END IF;
            END $$;
            GRANT CREATE, USAGE ON SCHEMA public TO plain_owner;
            DO $$ DECLARE r regclass; BEGIN
                FOR r IN SELECT c.oid FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v') LOOP EXECUTE format('ALTER TABLE %s OWNER TO plain_owner', r); END LOOP;
            END $$;
            ALTER TYPE state OWNER TO plain_owner;
            """);
        await world.Pair.OnTargetAsync("GRANT CREATE, USAGE ON SCHEMA public TO plain_owner");
        foreach (var (server, on) in new[] { (source, (Func<string, Task>)world.Pair.OnSourceAsync), (target, world.Pair.OnTargetAsync) })
        {
            await on($"GRANT CREATE ON DATABASE {server.Address.Database} TO {Role}");
            await on(
                $"""
                GRANT EXECUTE ON FUNCTION pg_replication_origin_create(text), pg_replication_origin_drop(text), pg_replication_origin_oid(text), pg_replication_origin_session_setup(text),
                    pg_replication_origin_session_reset(), pg_replication_origin_session_is_setup(), pg_replication_origin_session_progress(boolean), pg_replication_origin_progress(text, boolean),
                    pg_replication_origin_advance(text, pg_lsn), pg_replication_origin_xact_setup(pg_lsn, timestamptz), pg_replication_origin_xact_reset() TO {Role}
                """);
        }

        world.Definition = world.Definition with { Source = As(source.Address), Target = As(target.Address) };
    }

    static PgAddress As(PgAddress address) => PgAddress.Parse($"postgres://{Role}:{Role}@{address.Host}:{address.Port}/{address.Database}");
}
