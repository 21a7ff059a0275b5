using Npgsql;
using PgSplit.Fencing;
using PgSplit.Pg;
using PgSplit.Tests.Zoo;

namespace PgSplit.Tests;

/// <summary>Commands that leave no trace, one after the other on one database.</summary>
public sealed class DdlGuardCommandTests(GuardedSource guarded) : IClassFixture<GuardedSource>
{
    [Theory, Trait("Category", "Long")]
    [Trait("Case", "30"), Trait("Case", "56"), Trait("Case", "57"), Trait("Case", "59")]
    [InlineData("ALTER TABLE public.moving ADD COLUMN c int")]
    [InlineData("ALTER TABLE public.moving ADD COLUMN c double precision DEFAULT random()")]
    [InlineData("ALTER TABLE public.moving DROP COLUMN a")]
    [InlineData("ALTER TABLE public.moving RENAME COLUMN a TO c")]
    [InlineData("ALTER TABLE public.moving RENAME TO c")]
    [InlineData("ALTER TABLE public.moving ALTER b TYPE bigint")]
    [InlineData("ALTER TABLE public.moving DROP CONSTRAINT moving_pkey")]
    [InlineData("ALTER TABLE public.moving DROP CONSTRAINT moving_b_check")]
    [InlineData("ALTER TABLE public.moving REPLICA IDENTITY FULL")]
    [InlineData("ALTER TABLE public.moving OWNER TO zoo_owner")]
    [InlineData("ALTER TABLE public.moving SET SCHEMA pg_catalog")]
    [InlineData("ALTER TABLE public.moving DISABLE TRIGGER ALL")]
    [InlineData("ALTER SCHEMA public RENAME TO private")]
    [InlineData("DROP TABLE public.moving")]
    [InlineData("DROP TABLE public.moving, public.outside CASCADE")]
    [InlineData("DROP SCHEMA public CASCADE")]
    [InlineData("DROP INDEX public.moving_a")]
    [InlineData("DROP TRIGGER watched ON public.moving")]
    [InlineData("DROP TYPE public.mood CASCADE")]
    [InlineData("ALTER TYPE public.mood ADD VALUE 'angry'")]
    [InlineData("ALTER TYPE public.mood RENAME VALUE 'calm' TO 'quiet'")]
    [InlineData("ALTER DOMAIN public.label ADD CHECK (VALUE <> '')")]
    [InlineData("ALTER SEQUENCE public.moving_id_seq INCREMENT 2")]
    [InlineData("CREATE TRIGGER another AFTER INSERT ON public.moving EXECUTE FUNCTION public.nothing()")]
    [InlineData("CREATE POLICY p ON public.moving USING (true)")]
    [InlineData("CREATE RULE r AS ON INSERT TO public.moving DO INSTEAD NOTHING")]
    [InlineData("CREATE STATISTICS public.s ON a, b FROM public.moving")]
    [InlineData("CREATE TABLE public.rooted_2 PARTITION OF public.rooted FOR VALUES FROM (10) TO (20)")]
    [InlineData("ALTER TABLE public.rooted ATTACH PARTITION public.outside_part FOR VALUES FROM (10) TO (20)")]
    [InlineData("ALTER TABLE public.rooted DETACH PARTITION public.rooted_1")]
    [InlineData("ALTER TABLE public.rooted_1 ADD CHECK (id > 0)")]
    [InlineData("DROP TABLE public.rooted_1")]
    [InlineData("CREATE TABLE public.child () INHERITS (public.moving)")]
    [InlineData("CREATE TABLE public.refers (id int REFERENCES public.moving)")]
    [InlineData("ALTER TABLE public.outside ADD FOREIGN KEY (id) REFERENCES public.moving")]
    public async Task A_command_that_touches_what_moves_is_refused(string command)
    {
        var refusal = await Should.ThrowAsync<PostgresException>(() => RunAsync(command));

        refusal.SqlState.ShouldBe(Guard.SqlState, refusal.MessageText);
        refusal.MessageText.ShouldContain("move zoo");
        refusal.Hint.ShouldNotBeNull().ShouldContain("pgsplit ddl allow zoo");
    }

    [Theory]
    [Trait("Case", "57")]
    [InlineData("ALTER TABLE public.outside ADD COLUMN c double precision DEFAULT random()")]
    [InlineData("ALTER TABLE public.outside ALTER id TYPE bigint")]
    [InlineData("ALTER TABLE public.outside RENAME TO elsewhere")]
    [InlineData("DROP TABLE public.outside")]
    [InlineData("CREATE TABLE public.new_one (id int PRIMARY KEY, m public.mood, s serial)")]
    [InlineData("CREATE TABLE public.like_it (LIKE public.moving INCLUDING ALL)")]
    [InlineData("CREATE TEMPORARY TABLE moving (id int)")]
    [InlineData("CREATE VIEW public.looking AS SELECT * FROM public.moving")]
    [InlineData("CREATE SCHEMA another")]
    [InlineData("CREATE TYPE public.other AS ENUM ('a')")]
    [InlineData("CREATE OR REPLACE FUNCTION public.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'")]
    [InlineData("TRUNCATE public.moving")]
    [InlineData("REINDEX TABLE public.moving")]
    [InlineData("ANALYZE public.moving")]
    [InlineData("GRANT SELECT ON public.outside TO PUBLIC")]
    [InlineData("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC")]
    public async Task A_command_that_touches_nothing_that_moves_passes(string command) => await RunAsync(command);

    async Task RunAsync(string command)
    {
        await using var transaction = await guarded.Zoo.Source.BeginTransactionAsync();
        await guarded.Zoo.Source.ExecuteAsync("SET LOCAL application_name = 'app'", CancellationToken.None);
        await guarded.Zoo.Source.ExecuteAsync(command, CancellationToken.None);
    }
}
