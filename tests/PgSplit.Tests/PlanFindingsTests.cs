using PgSplit.Planning;

namespace PgSplit.Tests;

/// <summary>Each kind of finding that a schema can have: told where it is so, silent where it is not. What ends it is, where there is one, its remedy.</summary>
public sealed class PlanFindingsTests(EmptyPair empty) : IClassFixture<EmptyPair>, IAsyncLifetime
{
    const string Plain = "CREATE TABLE moving (id int PRIMARY KEY, note text)";

    readonly DatabasePair _pair = empty.Pair;

    public async ValueTask InitializeAsync()
    {
        await empty.EmptySourceAsync();
        await _pair.OnSourceAsync(Plain + "; CREATE TABLE staying (id int PRIMARY KEY)");
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("foreign-key-out", "ALTER TABLE moving ADD staying_id int REFERENCES staying", "ALTER TABLE public.moving DROP CONSTRAINT moving_staying_id_fkey")]
    [InlineData("foreign-key-in", "ALTER TABLE staying ADD moving_id int REFERENCES moving", "ALTER TABLE public.staying DROP CONSTRAINT staying_moving_id_fkey")]
    [InlineData("cascade-in", "ALTER TABLE staying ADD moving_id int REFERENCES moving ON DELETE CASCADE", "ALTER TABLE public.staying DROP CONSTRAINT staying_moving_id_fkey")]
    [InlineData("view-crosses", "CREATE VIEW one AS SELECT m.note FROM moving m JOIN staying s USING (id); CREATE VIEW two AS SELECT * FROM one", "DROP VIEW public.two; DROP VIEW public.one")]
    [InlineData("function-crosses", "CREATE FUNCTION f() RETURNS bigint RETURN (SELECT count(*) FROM moving, staying)", "DROP FUNCTION public.f()")]
    [InlineData("rule-crosses", "CREATE RULE r AS ON INSERT TO staying DO ALSO INSERT INTO moving VALUES (new.id)", "DROP RULE r ON public.staying")]
    [InlineData("policy-crosses", "CREATE POLICY p ON moving USING (id IN (SELECT id FROM staying))", "DROP POLICY p ON public.moving")]
    [InlineData("sequence-shared", "CREATE SEQUENCE s; ALTER TABLE moving ALTER id SET DEFAULT nextval('s'); ALTER TABLE staying ALTER id SET DEFAULT nextval('s')", "ALTER TABLE staying ALTER id DROP DEFAULT")]
    [InlineData("row-type-crosses", "ALTER TABLE staying ADD m moving", "ALTER TABLE staying DROP m")]
    [InlineData("inheritance-crosses", "CREATE TABLE child () INHERITS (moving)", "ALTER TABLE public.child NO INHERIT public.moving")]
    [InlineData("partition-alone", "CREATE TABLE whole (id int NOT NULL, note text) PARTITION BY RANGE (id); ALTER TABLE whole ATTACH PARTITION moving FOR VALUES FROM (0) TO (9)", "ALTER TABLE whole DETACH PARTITION moving")]
    [InlineData("trigger-always", Trigger + "; ALTER TABLE moving ENABLE ALWAYS TRIGGER t", "ALTER TABLE public.moving ENABLE TRIGGER t")]
    [InlineData("row-identity", "ALTER TABLE moving DROP CONSTRAINT moving_pkey", "ALTER TABLE public.moving REPLICA IDENTITY FULL")]
    [InlineData("unlogged", "ALTER TABLE moving SET UNLOGGED", "ALTER TABLE public.moving SET LOGGED")]
    [InlineData("large-object", "SELECT lo_create(0); ALTER TABLE moving ADD o oid", "ALTER TABLE moving ALTER o TYPE bigint")]
    [InlineData("foreign-table", "DROP TABLE moving; CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE moving (id int) SERVER s", "DROP FOREIGN TABLE moving; " + Plain)]
    [InlineData("not-a-table", "DROP TABLE moving; CREATE VIEW moving AS SELECT 1 AS id", "DROP VIEW moving; " + Plain)]
    [InlineData("table-unknown", "ALTER TABLE moving RENAME TO movings", "ALTER TABLE movings RENAME TO moving")]
    [InlineData("extension-table", "CREATE EXTENSION citext; ALTER EXTENSION citext ADD TABLE moving", "ALTER EXTENSION citext DROP TABLE moving")]
    [InlineData("extension-missing", "CREATE EXTENSION citext; ALTER TABLE moving ADD c citext", "ALTER TABLE moving DROP c")]
    [InlineData("subscription", "CREATE SUBSCRIPTION sub CONNECTION 'dbname=x' PUBLICATION p WITH (connect = false, slot_name = NONE, enabled = false); INSERT INTO pg_subscription_rel SELECT oid, 'moving'::regclass, 'r' FROM pg_subscription WHERE subname = 'sub' AND subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())", "DROP SUBSCRIPTION sub")]
    public async Task What_would_break_is_a_blocker(string code, string sql, string remedy)
    {
        await _pair.OnSourceAsync(sql);
        var finding = await FindAsync(code);
        finding.ShouldNotBeNull();
        finding.Severity.ShouldBe(Severity.Blocker);
        finding.Remedy.ShouldNotBeNull();

        await _pair.OnSourceAsync(remedy);
        (await FindAsync(code)).ShouldBeNull();
    }

    [Theory]
    [InlineData("cascade-out", "ALTER TABLE moving ADD staying_id int REFERENCES staying ON DELETE SET NULL", "ALTER TABLE moving DROP staying_id")]
    [InlineData("matview", "CREATE MATERIALIZED VIEW mv AS SELECT * FROM moving", "DROP MATERIALIZED VIEW mv")]
    [InlineData("function-names-both", "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS 'BEGIN DELETE FROM moving; DELETE FROM staying; END'", "DROP FUNCTION f")]
    [InlineData("function-names-table", "CREATE FUNCTION f() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM moving -- and not staying'", "DROP FUNCTION f")]
    [InlineData("function-dynamic-sql", "CREATE FUNCTION f(t text) RETURNS void LANGUAGE plpgsql AS $$BEGIN EXECUTE 'DELETE FROM ' || t; END$$", "DROP FUNCTION f")]
    [InlineData("function-advisory-lock", "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock(1); DELETE FROM moving; END'", "DROP FUNCTION f")]
    [InlineData("function-notify", "CREATE FUNCTION n() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN PERFORM pg_notify('c', new.id::text); RETURN new; END$$; CREATE TRIGGER t AFTER INSERT ON moving FOR EACH ROW EXECUTE FUNCTION n()", "DROP FUNCTION n CASCADE")]
    [InlineData("rule", "CREATE RULE r AS ON DELETE TO moving DO INSTEAD NOTHING", "DROP RULE r ON moving")]
    [InlineData("type-shared", "CREATE TYPE mood AS ENUM ('a'); ALTER TABLE moving ADD m mood; ALTER TABLE staying ADD m mood[]", "ALTER TABLE staying DROP m")]
    [InlineData("partitioned", "DROP TABLE moving; CREATE TABLE moving (id int PRIMARY KEY) PARTITION BY RANGE (id)", "DROP TABLE moving; " + Plain)]
    [InlineData("trigger-disabled", Trigger + "; ALTER TABLE moving DISABLE TRIGGER t", "ALTER TABLE moving ENABLE TRIGGER t")]
    [InlineData("event-trigger", "CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER ev ON ddl_command_end EXECUTE FUNCTION e()", "DROP EVENT TRIGGER ev")]
    [InlineData("row-identity-full", "ALTER TABLE moving REPLICA IDENTITY FULL", "ALTER TABLE moving REPLICA IDENTITY DEFAULT")]
    [InlineData("index-invalid", "CREATE INDEX odd ON moving (note); UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'odd'::regclass", "REINDEX INDEX public.odd")]
    [InlineData("constraint-not-valid", "ALTER TABLE moving ADD CONSTRAINT c CHECK (id > 0) NOT VALID", "ALTER TABLE public.moving VALIDATE CONSTRAINT c")]
    [InlineData("publication", "CREATE PUBLICATION p FOR TABLE moving", "DROP PUBLICATION p")]
    [InlineData("publication-all-tables", "CREATE PUBLICATION p FOR ALL TABLES", "DROP PUBLICATION p")]
    [InlineData("statement-crosses", "CREATE EXTENSION pg_stat_statements; SELECT count(*) FROM moving JOIN staying USING (id)", "DROP TABLE staying")]
    [InlineData("statements-unseen", "DROP EXTENSION IF EXISTS pg_stat_statements", "CREATE EXTENSION pg_stat_statements")]
    public async Task What_somebody_should_know_blocks_nothing(string code, string sql, string end)
    {
        await _pair.OnSourceAsync(sql);
        var finding = await FindAsync(code);
        finding.ShouldNotBeNull();
        finding.Severity.ShouldNotBe(Severity.Blocker);

        await _pair.OnSourceAsync(end);
        (await FindAsync(code)).ShouldBeNull();
    }

    [Fact]
    public async Task A_plain_table_has_nothing_but_notes() =>
        (await Plan.RunAsync(Maps.Of(_pair, "moving"), null, CancellationToken.None)).Findings.Where(f => f.Severity != Severity.Note).ShouldBeEmpty();

    [Fact]
    public async Task A_table_that_is_not_there_is_told_with_its_line_and_the_name_that_was_meant()
    {
        var report = await Plan.RunAsync(Maps.Of(_pair, "moving", "stayin"), null, CancellationToken.None);

        var finding = report.Findings.Single(f => f.Code == "table-unknown");
        finding.Object.ShouldBe("stayin (map.yaml:7)");
        finding.Remedy.ShouldBe("did you mean staying?");
    }

    [Fact]
    public async Task A_table_that_the_map_says_nothing_of_is_a_blocker()
    {
        var silent = Maps.Of(_pair.Source.Address, _pair.Target.Address, ["audit_*"], "moving");

        (await Plan.RunAsync(silent, null, CancellationToken.None)).Findings.Single(f => f.Code == "table-unplaced").Object.ShouldBe("staying");
    }

    [Fact]
    [Trait("Case", "23")]
    public async Task A_value_above_the_limit_is_told_of_with_its_size()
    {
        await _pair.OnSourceAsync("INSERT INTO moving SELECT 1, string_agg(md5(i::text), '') FROM generate_series(1, 100000) i");

        (await FindAsync("large-value", new PlanLimits { LargeValue = 2 << 20 }))!.Why.ShouldBe("has a value of 3 MB: it fits as long as its row stays below 1 GB");
        (await FindAsync("large-value")).ShouldBeNull();
    }

    [Fact]
    [Trait("Case", "23")]
    public async Task A_large_value_of_a_type_that_travels_as_text_only_is_a_blocker()
    {
        await _pair.OnSourceAsync("CREATE TYPE pair AS (a text, b text); ALTER TABLE moving ADD p pair; INSERT INTO moving SELECT 1, '', (string_agg(md5(i::text), ''), '')::pair FROM generate_series(1, 100000) i");

        (await FindAsync("large-value", new PlanLimits { LargeValue = 1 << 20 }))!.Severity.ShouldBe(Severity.Blocker);
    }

    [Fact]
    public async Task Sizes_are_those_of_a_table_with_its_partitions_and_the_estimate_says_what_it_rests_on()
    {
        await _pair.OnSourceAsync(
            """
            CREATE TABLE log (id int PRIMARY KEY, t text) PARTITION BY RANGE (id);
            CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM (0) TO (1000); CREATE TABLE log_2 PARTITION OF log FOR VALUES FROM (1000) TO (9000);
            INSERT INTO log SELECT i, 'x' FROM generate_series(0, 4999) i; ANALYZE log
            """);

        var service = (await Plan.RunAsync(Maps.Of(_pair, "log"), null, CancellationToken.None)).Services.Single();

        var log = service.Tables.Single();
        log.Rows.ShouldBe(5000);
        log.Bytes.ShouldBe(await _pair.FromSourceAsync<long>("SELECT pg_table_size('log_1') + pg_table_size('log_2')"));
        log.IndexBytes.ShouldBe(await _pair.FromSourceAsync<long>("SELECT pg_indexes_size('log_1') + pg_indexes_size('log_2')"));
        service.Estimate.Basis.ShouldStartWith("assumed, not measured");
    }

    const string Trigger = "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'; CREATE TRIGGER t BEFORE INSERT ON moving FOR EACH ROW EXECUTE FUNCTION f()";

    async Task<Finding?> FindAsync(string code, PlanLimits? limits = null) =>
        (await Plan.RunAsync(Maps.Of(_pair, "moving"), null, limits ?? new PlanLimits(), CancellationToken.None)).Findings.FirstOrDefault(f => f.Code == code);
}
