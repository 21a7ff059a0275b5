using Npgsql;
using PgSplit.Catalog;
using PgSplit.Fencing;
using PgSplit.Pg;
using PgSplit.Tests.Zoo;

namespace PgSplit.Tests;

public sealed class DdlGuardTests : IAsyncLifetime
{
    ZooPair _zoo = null!;

    public async ValueTask InitializeAsync() => _zoo = await GuardedSource.MakeAsync();

    public ValueTask DisposeAsync() => _zoo.DisposeAsync();

    [Fact]
    [Trait("Case", "58")]
    public async Task An_index_on_a_moving_table_passes_and_is_recorded()
    {
        await ZooPair.AsApplicationAsync(_zoo.Source, "CREATE INDEX moving_b ON public.moving (b)");
        await ZooPair.AsApplicationAsync(_zoo.Source, "CREATE INDEX CONCURRENTLY moving_c ON public.moving (b)");

        (await EventsAsync("index.created")).ShouldBe(["public.moving_b", "public.moving_c"]);

        // What came during the move may go during the move.
        await ZooPair.AsApplicationAsync(_zoo.Source, "DROP INDEX public.moving_b");
    }

    [Fact]
    public async Task One_statement_is_let_through_once_it_is_allowed_and_the_next_is_not()
    {
        await Guard.AllowAsync(_zoo.Source, ZooPair.Move, TimeSpan.FromMinutes(5), CancellationToken.None);

        await ZooPair.AsApplicationAsync(_zoo.Source, "ALTER TABLE public.outside ADD COLUMN d int");
        // Rewrites, drops and ends: three events of one statement.
        await ZooPair.AsApplicationAsync(_zoo.Source, "ALTER TABLE public.moving ADD COLUMN c double precision DEFAULT random(), DROP COLUMN a");

        (await Should.ThrowAsync<PostgresException>(() => ZooPair.AsApplicationAsync(_zoo.Source, "ALTER TABLE public.moving DROP COLUMN c"))).SqlState.ShouldBe(Guard.SqlState);
        (await EventsAsync("ddl.allowed", "object")).ShouldContain("public.moving");
    }

    [Fact]
    public async Task A_statement_that_is_rolled_back_does_not_use_up_the_allowance()
    {
        await Guard.AllowAsync(_zoo.Source, ZooPair.Move, TimeSpan.FromMinutes(5), CancellationToken.None);

        await ZooPair.AsApplicationAsync(_zoo.Source, "BEGIN; ALTER TABLE public.moving ADD COLUMN c int; ROLLBACK");
        await ZooPair.AsApplicationAsync(_zoo.Source, "DROP TABLE public.moving");
    }

    [Fact]
    public async Task An_allowance_ends_with_its_time()
    {
        await Guard.AllowAsync(_zoo.Source, ZooPair.Move, TimeSpan.Zero, CancellationToken.None);

        (await Should.ThrowAsync<PostgresException>(() => ZooPair.AsApplicationAsync(_zoo.Source, "DROP TABLE public.moving"))).SqlState.ShouldBe(Guard.SqlState);
    }

    [Fact]
    public async Task The_engine_itself_passes_and_others_do_not_by_taking_its_name()
    {
        await _zoo.Source.ExecuteAsync("ALTER TABLE public.moving ADD COLUMN c int", CancellationToken.None);

        await _zoo.Source.ExecuteAsync("ALTER TABLE public.moving OWNER TO zoo_owner; GRANT ALL ON SCHEMA public TO zoo_owner", CancellationToken.None);
        await _zoo.Source.ExecuteAsync("SET SESSION AUTHORIZATION zoo_owner", CancellationToken.None);
        (await Should.ThrowAsync<PostgresException>(() => _zoo.Source.ExecuteAsync("ALTER TABLE public.moving DROP COLUMN c", CancellationToken.None))).SqlState.ShouldBe(Guard.SqlState);
        await _zoo.Source.ExecuteAsync("RESET SESSION AUTHORIZATION", CancellationToken.None);
    }

    [Fact]
    public async Task Two_moves_share_the_guard_and_the_last_takes_it_away()
    {
        await Guard.InstallAsync(_zoo.Source, "other", await MoveSet.ReadAsync(_zoo.Source, [new QualifiedName("public", "outside")], CancellationToken.None), CancellationToken.None);
        (await InstallAsync()).ShouldBe(GuardMode.Refusing);

        await RemoveAsync(ZooPair.Move);
        await ZooPair.AsApplicationAsync(_zoo.Source, "ALTER TABLE public.moving ADD COLUMN c int");
        (await Should.ThrowAsync<PostgresException>(() => ZooPair.AsApplicationAsync(_zoo.Source, "ALTER TABLE public.outside ADD COLUMN c int"))).MessageText.ShouldContain("move other");

        await RemoveAsync("other");
        await RemoveAsync("other");
        await ZooPair.AsApplicationAsync(_zoo.Source, "ALTER TABLE public.outside ADD COLUMN c int");
        (await _zoo.Source.ScalarAsync<long>("SELECT count(*) FROM pg_event_trigger", CancellationToken.None)).ShouldBe(0);
    }

    [Fact]
    public async Task Without_a_superuser_the_guard_only_detects()
    {
        await RemoveAsync(ZooPair.Move);
        await _zoo.Source.ExecuteAsync(
            """GRANT CREATE, USAGE ON SCHEMA pgsplit TO "zoo migrator"; GRANT ALL ON ALL TABLES IN SCHEMA pgsplit TO "zoo migrator"; SET SESSION AUTHORIZATION "zoo migrator" """, CancellationToken.None);

        (await InstallAsync()).ShouldBe(GuardMode.DetectOnly);
        (await InstallAsync()).ShouldBe(GuardMode.DetectOnly);
        await RemoveAsync(ZooPair.Move);

        await _zoo.Source.ExecuteAsync("RESET SESSION AUTHORIZATION", CancellationToken.None);
    }

    Task<GuardMode> InstallAsync() => Guard.InstallAsync(_zoo.Source, ZooPair.Move, _zoo.Set, CancellationToken.None);

    Task RemoveAsync(string move) => Guard.RemoveAsync(_zoo.Source, move, CancellationToken.None);

    Task<List<string>> EventsAsync(string type, string field = "index") =>
        _zoo.Source.QueryAsync("SELECT data ->> $2 FROM pgsplit.event WHERE type = $1 ORDER BY id", r => r.GetString(0), CancellationToken.None, type, field);
}
