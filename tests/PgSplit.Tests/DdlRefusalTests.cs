using Npgsql;
using PgSplit.Ddl;
using PgSplit.Pg;
using PgSplit.Tests.Zoo;

namespace PgSplit.Tests;

public sealed class DdlRefusalTests
{
    [Theory]
    [InlineData("CREATE TABLE a (id int)", "CREATE TABLE public.a (id int)", "table public.a")]
    [InlineData("CREATE UNLOGGED TABLE a (id int)", "SELECT", "unlogged")]
    [InlineData("CREATE SEQUENCE s; CREATE TABLE a (id int DEFAULT nextval('s'))", "CREATE SEQUENCE public.s", "sequence public.s")]
    [InlineData("CREATE TYPE m AS ENUM ('x'); CREATE TABLE a (m m)", "CREATE TYPE public.m AS ENUM ('y')", "enum public.m")]
    [InlineData("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE TABLE a (n int DEFAULT f())",
        "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 2'", "function public.f()")]
    public async Task What_can_not_be_made_is_refused_by_name_and_nothing_is_made(string source, string target, string named)
    {
        await using var pair = await ZooPair.CreateAsync(source);
        await pair.Target.ExecuteAsync(target, CancellationToken.None);

        var refusal = await Should.ThrowAsync<PgSplitException>(pair.CreateTablesAsync);

        refusal.ExitCode.ShouldBe(ExitCode.Refused);
        refusal.Message.ShouldContain(named);
        refusal.Remedy.ShouldNotBeNull();
        (await CreatedAsync(pair)).ShouldBe(0);
    }

    [Fact]
    public async Task A_type_that_is_there_and_the_same_is_used_and_not_dropped()
    {
        await using var pair = await ZooPair.CreateAsync("CREATE TYPE m AS ENUM ('x'); CREATE TABLE a (m m)");
        await pair.Target.ExecuteAsync("CREATE TYPE public.m AS ENUM ('x')", CancellationToken.None);

        await pair.CreateTablesAsync();
        await pair.DropAsync();

        (await pair.Target.ScalarAsync<bool>("SELECT to_regtype('public.m') IS NOT NULL AND to_regclass('public.a') IS NULL", CancellationToken.None)).ShouldBeTrue();
    }

    [Theory]
    [InlineData("CREATE VIEW public.outside AS SELECT id FROM app.a", "view public.outside")]
    [InlineData("CREATE TABLE public.outside (id int REFERENCES app.a)", "constraint outside_id_fkey")]
    [InlineData("CREATE TABLE public.outside (m app.m)", "column m of table public.outside")]
    public async Task Dropping_is_refused_while_something_of_somebody_else_depends_on_it(string theirs, string named)
    {
        await using var pair = await AppAsync();
        await pair.Target.ExecuteAsync(theirs, CancellationToken.None);

        var refusal = await Should.ThrowAsync<PgSplitException>(pair.DropAsync);

        refusal.Message.ShouldContain(named);
        (await pair.Target.ScalarAsync<bool>("SELECT to_regclass('app.a') IS NOT NULL", CancellationToken.None)).ShouldBeTrue();
    }

    [Fact]
    public async Task Dropping_leaves_a_schema_that_others_use_too()
    {
        await using var pair = await AppAsync();
        await pair.Target.ExecuteAsync("CREATE TABLE app.outside (id int)", CancellationToken.None);

        await pair.DropAsync();

        (await pair.Target.ScalarAsync<bool>("SELECT to_regclass('app.a') IS NULL AND to_regclass('app.outside') IS NOT NULL", CancellationToken.None)).ShouldBeTrue();
        (await CreatedAsync(pair)).ShouldBe(0);
    }

    [Fact]
    public async Task A_type_that_a_second_move_uses_too_is_that_moves_from_then_on()
    {
        await using var pair = await AppAsync();
        await pair.Source.ExecuteAsync("CREATE TABLE app.second (m app.m)", CancellationToken.None);
        var second = await Catalog.MoveSet.ReadAsync(pair.Source, [new QualifiedName("app", "second")], CancellationToken.None);
        await TargetTables.CreateAsync(pair.Source, pair.Target, "second", second, CancellationToken.None);

        await pair.DropAsync();
        (await pair.Target.ScalarAsync<bool>("SELECT to_regclass('app.a') IS NULL AND to_regtype('app.m') IS NOT NULL", CancellationToken.None)).ShouldBeTrue();

        await TargetTables.DropAsync(pair.Target, "second", CancellationToken.None);
        (await pair.Target.ScalarAsync<bool>("SELECT to_regtype('app.m') IS NULL", CancellationToken.None)).ShouldBeTrue();
    }

    [Fact]
    [Trait("Case", "41")]
    public async Task Rows_that_a_check_was_never_validated_for_can_be_copied()
    {
        await using var pair = await ZooPair.CreateAsync(
            """
            CREATE DOMAIN d AS text; CREATE TABLE a (id int PRIMARY KEY, n int, d d);
            INSERT INTO a VALUES (1, -1, 'old');
            ALTER TABLE a ADD CONSTRAINT positive CHECK (n > 0) NOT VALID;
            ALTER DOMAIN d ADD CONSTRAINT new CHECK (VALUE <> 'old') NOT VALID;
            """);
        await pair.CreateTablesAsync();

        await pair.Target.ExecuteAsync("INSERT INTO public.a VALUES (1, -1, 'old')", CancellationToken.None);
        await pair.CreateAllAsync();

        (await pair.DiffAsync()).ShouldBeEmpty();
        (await Should.ThrowAsync<PostgresException>(() => pair.Target.ExecuteAsync("INSERT INTO public.a VALUES (2, -1, 'new')", CancellationToken.None)))
            .SqlState.ShouldBe(PostgresErrorCodes.CheckViolation);
    }

    [Fact]
    [Trait("Case", "41")]
    public async Task An_invalid_index_of_the_source_is_left_out_and_reported()
    {
        await using var pair = await ZooPair.CreateAsync("CREATE TABLE a (id int); INSERT INTO a VALUES (1), (1)");
        await Should.ThrowAsync<PostgresException>(() => pair.Source.ExecuteAsync("CREATE UNIQUE INDEX CONCURRENTLY broken ON public.a (id)", CancellationToken.None));
        await pair.CreateTablesAsync();

        (await TargetIndexes.BuildAsync(pair.Source, pair.TargetServer, pair.Set, new IndexOptions(), null, CancellationToken.None))
            .ShouldBe(["index public.broken is invalid on the source and was left out"]);
        (await pair.DiffAsync()).ShouldBeEmpty();
    }

    [Fact]
    [Trait("Case", "45")]
    public async Task Triggers_that_fire_while_changes_are_applied_are_listed()
    {
        await using var pair = await ZooPair.CreateAsync();

        (await pair.CreateAllAsync()).FiringTriggers.ShouldBe(["trigger always on zoo.animals", "trigger on_replica on zoo.animals"]);
    }

    [Fact]
    public async Task Roles_that_the_targets_server_does_not_have_are_reported_and_not_invented()
    {
        await using var pair = await ZooPair.CreateAsync(twoClusters: true);

        var created = await pair.CreateTablesAsync();
        var finished = await pair.CreateAllAsync();

        created.ShouldContain("role zoo_owner owns objects of the source and is not on the target: the migrator owns them there");
        finished.LeftOut.ShouldContain(l => l.StartsWith("role Zoo reader is not on the target; its rights were left out: ", StringComparison.Ordinal));
        finished.LeftOut.ShouldContain("policy readers on zoo.animals is for roles that are not on the target, and was left out");
        (await pair.DiffAsync()).ShouldBeEmpty();
    }

    static async Task<ZooPair> AppAsync()
    {
        var pair = await ZooPair.CreateAsync("CREATE SCHEMA app; CREATE TYPE app.m AS ENUM ('x'); CREATE TABLE app.a (id int PRIMARY KEY, m app.m, up int REFERENCES app.a)");
        await pair.CreateAllAsync();
        return pair;
    }

    static async Task<long> CreatedAsync(ZooPair pair) => await pair.Target.ScalarAsync<long>("SELECT count(*) FROM pgsplit.created", CancellationToken.None);
}
