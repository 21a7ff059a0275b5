using NpgsqlTypes;
using PgSplit.Catalog;
using PgSplit.Control;
using PgSplit.Pg;
using PgSplit.Verify;

namespace PgSplit.Tests;

public sealed class VerifyTests
{
    [Fact]
    public async Task Equal_rows_of_every_kind_of_type_shape_and_name_are_found_equal()
    {
        await using var pair = await PairInMove.WithZooAsync();
        await pair.CopyAsync();

        var result = await pair.VerifyAsync();

        (await pair.DifferencesAsync()).ShouldBeEmpty();
        result.Equal.ShouldBeTrue();
        // Children that inherit count by themselves, partitions under their root.
        result.Tables.Sum(t => t.Rows).ShouldBe(await pair.Databases.FromSourceAsync<long>(
            "SELECT sum((xpath('/row/n/text()', query_to_xml(format('SELECT count(*) n FROM ONLY %s', oid::regclass), false, true, '')))[1]::text::bigint)::bigint FROM pg_class WHERE relkind = 'r' AND relnamespace IN ('public'::regnamespace, 'other'::regnamespace)"));
        (await pair.Databases.FromTargetAsync<long>("SELECT count(*) FROM pgsplit.move_table WHERE verified_at_lsn IS NULL")).ShouldBe(0);
    }

    [Fact, Trait("Category", "Long")]
    public async Task Equal_rows_of_every_kind_are_found_equal_in_small_parts_too()
    {
        await using var pair = await PairInMove.WithZooAsync();
        await pair.CopyAsync();

        var result = await pair.VerifyAsync(new MoveOptions { ChunkBytes = 1024, Workers = 3 });

        result.Equal.ShouldBeTrue();
        (await pair.Databases.FromTargetAsync<long>("SELECT count(*) FROM pgsplit.verified_range WHERE name = 'parts'")).ShouldBeGreaterThan(3);
    }

    [Fact, Trait("Category", "Long")]
    public async Task Every_key_is_named_by_the_text_that_the_server_prints()
    {
        await using var pair = await PairInMove.WithZooAsync();
        await pair.CopyAsync();
        string[] tables = ["enum_key", "text_key", "time_key", "domain_key", "unique_key"];
        foreach (var table in tables)
            await pair.OnTargetAsync($"DELETE FROM {table}");

        await pair.VerifyAsync();

        foreach (var table in (await pair.TablesAsync()).Where(t => tables.Contains(t.Name.Name)))
        {
            var key = $"ARRAY[{string.Join(", ", table.Key.Select(k => $"format('%s', {k})"))}]";
            await using var source = await pair.Source.OpenAsync("test", default);
            var expected = await source.QueryAsync($"SELECT {key} FROM {table.Name.Sql}", r => string.Join('|', r.GetFieldValue<string[]>(0)), default);
            await using var target = await pair.Target.OpenAsync("test", default);
            var found = await target.QueryAsync("SELECT key FROM pgsplit.diff WHERE name = $1 AND kind = 'missing'", r => string.Join('|', r.GetFieldValue<string[]>(0)), default, table.Name.Name);
            found.ShouldBe(expected, ignoreOrder: true, table.ToString());
        }
    }

    [Fact]
    [Trait("Case", "34")]
    public async Task A_generated_column_that_the_other_side_computes_differently_is_found()
    {
        await using var pair = await PairInMove.CreateAsync("");
        await pair.OnSourceAsync("CREATE TABLE bill (id int PRIMARY KEY, net int, gross int GENERATED ALWAYS AS (net * 119 / 100) STORED); INSERT INTO bill SELECT n, n FROM generate_series(1, 100) n");
        await pair.OnTargetAsync("CREATE TABLE bill (id int PRIMARY KEY, net int, gross int GENERATED ALWAYS AS (net * 119 / 100 + (net = 7)::int) STORED)");
        await pair.CopyAsync();

        (await pair.VerifyAsync()).Differences.ShouldBe(1);

        (await pair.DifferencesAsync()).ShouldBe(["changed bill 7 gross"]);
        (await pair.Databases.FromTargetAsync<long>("SELECT count(*) FROM pgsplit.move_table WHERE verified_at_lsn IS NULL")).ShouldBe(1);
    }

    [Fact, Trait("Category", "Long")]
    [Trait("Case", "79")]
    public async Task A_verification_that_was_stopped_goes_on_with_the_parts_that_are_left()
    {
        await using var pair = await PairInMove.CreateAsync("CREATE TABLE t (id int PRIMARY KEY, v text)");
        await pair.OnSourceAsync("INSERT INTO t SELECT n, md5(n::text) FROM generate_series(1, 20000) n");
        await pair.CopyAsync();
        await pair.OnTargetAsync("DELETE FROM t WHERE id IN (1, 20000)");
        var options = new MoveOptions { ChunkBytes = 100_000, Workers = 1 };
        var parts = 0;
        Failpoint.Observer.Value = name => name == "verify.range-done" && ++parts == 5 ? throw new IOException("stopped") : Task.CompletedTask;
        await Should.ThrowAsync<PgSplitException>(() => pair.VerifyAsync(options));

        parts = 0;
        Failpoint.Observer.Value = name => { parts += name == "verify.range-done" ? 1 : 0; return Task.CompletedTask; };
        var result = await pair.VerifyAsync(options, resume: true);

        parts.ShouldBe((int)await pair.Databases.FromTargetAsync<long>("SELECT count(*) FROM pgsplit.verified_range") - 5);
        result.Rows.ShouldBe(20000);
        (await pair.DifferencesAsync()).ShouldBe(["missing t 1", "missing t 20000"], ignoreOrder: true);
        result.Tables.Single().At.ShouldBe(await pair.Databases.FromTargetAsync<NpgsqlLogSequenceNumber>("SELECT min(lsn) FROM pgsplit.verified_range"));
    }

    [Fact]
    public async Task A_table_truncated_after_the_snapshot_is_no_table_full_of_differences()
    {
        await using var pair = await PairInMove.CreateAsync("CREATE TABLE t (id int PRIMARY KEY)");
        await pair.OnSourceAsync("INSERT INTO t SELECT generate_series(1, 100)");
        await pair.CopyAsync();

        var refusal = await Should.ThrowAsync<PgSplitException>(() => pair.VerifyAsync(betweenSnapshotAndStart: () => pair.OnTargetAsync("TRUNCATE t")));

        refusal.Message.ShouldContain("truncated after the snapshot");
        (await pair.DifferencesAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_written_after_the_snapshots_is_no_difference()
    {
        await using var pair = await PairInMove.CreateAsync("CREATE TABLE t (id int PRIMARY KEY, v int); CREATE TABLE bare (a int)");
        await pair.OnSourceAsync("INSERT INTO t SELECT n, n FROM generate_series(1, 1000) n; INSERT INTO bare SELECT generate_series(1, 1000)");
        await pair.CopyAsync();

        var result = await pair.VerifyAsync(betweenSnapshotAndStart: () => pair.OnSourceAsync("UPDATE t SET v = -v; DELETE FROM bare WHERE a > 500; INSERT INTO t VALUES (0, 0)"));

        result.Equal.ShouldBeTrue();
        result.Rows.ShouldBe(2000);
    }

    [Fact, Trait("Category", "Long")]
    public async Task Thousands_of_differences_of_every_kind_are_all_found_and_repaired()
    {
        await using var pair = await PairInMove.CreateAsync(
            "CREATE TABLE t (a int, b text, v text UNIQUE, PRIMARY KEY (a, b)); CREATE TABLE bare (a int, b text)");
        await pair.OnSourceAsync("INSERT INTO t SELECT n, 'k' || n, 'v' || n FROM generate_series(1, 10000) n; INSERT INTO bare SELECT n / 3, 'b' FROM generate_series(1, 9000) n");
        await pair.CopyAsync();
        // Values of a unique column go round, so that no single row could be put right before another.
        await pair.OnTargetAsync(
            """
            DELETE FROM t WHERE a % 7 = 0;
            ALTER TABLE t DROP CONSTRAINT t_v_key;
            UPDATE t SET v = 'v' || (a - 1) WHERE a % 7 = 2; UPDATE t SET v = 'v' || (a + 1) WHERE a % 7 = 1;
            ALTER TABLE t ADD UNIQUE (v);
            INSERT INTO t SELECT n, 'extra', 'x' || n FROM generate_series(1, 500) n;
            DELETE FROM bare WHERE a < 1000; INSERT INTO bare SELECT 2000, 'b' FROM generate_series(1, 5)
            """);

        var result = await pair.VerifyAsync();
        result.Differences.ShouldBe(1428 + (2 * 1429) + 500 + 1000 + 1);
        await pair.RepairAsync();

        await pair.ShouldBeEqualAsync();
        (await pair.VerifyAsync()).Equal.ShouldBeTrue();
    }

    [Fact]
    public async Task Just_the_touched_keys_are_compared_by_whatever_type_they_are_of()
    {
        await using var pair = await PairInMove.WithZooAsync();
        await pair.CopyAsync();
        await pair.OnTargetAsync("UPDATE time_key SET v = 2 WHERE u <> '00000000-0000-0000-0000-000000000000'; DELETE FROM text_key WHERE t = 'a'; UPDATE enum_key SET v = 0 WHERE n = 10; DELETE FROM domain_key WHERE k = 'b'; DELETE FROM whole_row WHERE a = 1; DELETE FROM wide_bare WHERE c1 = 'a'; UPDATE wide_bare SET c2 = '' WHERE c2 IS NULL; DELETE FROM no_key WHERE length(b) = 5000");

        foreach (var table in await pair.TablesAsync())
        {
            if (table.Kind == TableKind.Partition)
                continue;
            await using var source = await pair.Source.OpenAsync("test", default);
            await using var target = await pair.Target.OpenAsync("test", default);
            var columns = table.HasKey ? table.Key : [.. table.Columns.Select(c => c.Name)];
            var keys = await source.QueryAsync(
                $"SELECT DISTINCT ARRAY[{string.Join(", ", columns.Select(c => $"CASE WHEN num_nulls({Sql.Name(c)}) = 0 THEN format('%s', {Sql.Name(c)}) END"))}]::text[] FROM {(table.HoldsRows ? "ONLY " : "")}{table.Name.Sql}",
                r => r.GetFieldValue<string?[]>(0), default);
            var differences = await KeyComparison.CompareAsync(source, target, table, keys, default);
            var expected = table.Name.Name switch
            {
                "time_key" => await pair.Databases.FromSourceAsync<long>("SELECT count(*) FROM time_key WHERE u <> '00000000-0000-0000-0000-000000000000'"),
                "text_key" => 4,
                "enum_key" => 3,
                "domain_key" or "whole_row" or "no_key" => 1,
                "wide_bare" => 2,
                _ => 0,
            };
            differences.Count.ShouldBe((int)expected, table.ToString());
        }
    }
}
