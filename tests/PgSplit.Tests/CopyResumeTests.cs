using PgSplit.Control;
using PgSplit.Copy;
using PgSplit.Pg;

namespace PgSplit.Tests;

/// <summary>The copy ends in the middle, and is run again.</summary>
public sealed class CopyResumeTests
{
    static readonly MoveOptions SmallChunks = new() { ChunkBytes = 200_000, Workers = 2 };

    [Theory]
    [Trait("Case", "8"), Trait("Case", "18")]
    [InlineData("copy.slot-created", 1, Traits = ["Category", "Long"])]
    [InlineData("copy.snapshot-imported", 1)]
    [InlineData("copy.chunk-done", 1, Traits = ["Category", "Long"])]
    [InlineData("copy.chunk-done", 4)]
    [InlineData("copy.table-done", 1, Traits = ["Category", "Long"])]
    [InlineData("copy.group-done", 1, Traits = ["Category", "Long"])]
    public async Task Wherever_it_ends_the_next_run_brings_all_rows_once(string point, int time)
    {
        await using var pair = await PairWithRowsAsync();
        var passed = 0;
        Failpoint.Observer.Value = name => name == point && Interlocked.Increment(ref passed) == time ? throw new IOException("killed") : Task.CompletedTask;
        await Should.ThrowAsync<Exception>(() => pair.CopyAsync(SmallChunks));
        Failpoint.Observer.Value = null;
        await CopyUnderWriteTests.ShouldLeaveNothingAsync(pair);
        // The source goes on: what is copied again shows it, what was finished does not.
        await pair.OnSourceAsync("UPDATE big SET v = 'later' WHERE id = 1; UPDATE parts SET v = 'later' WHERE id = 1; UPDATE small SET v = 'later' WHERE id = 1");

        var result = await pair.CopyAsync(SmallChunks);

        foreach (var table in await pair.TablesAsync())
        {
            var copied = result.Tables.Single(t => t.Name == table.Name);
            if (!table.HoldsRows)
                continue;
            (await pair.Databases.FromTargetAsync<long>($"SELECT count(*) FROM ONLY {table.Name.Sql}")).ShouldBe(copied.Rows);
            (await pair.Databases.FromSourceAsync<long>($"SELECT count(*) FROM ONLY {table.Name.Sql}")).ShouldBe(copied.Rows);
            var isOld = copied.At != result.Snapshot;
            (await pair.Databases.FromTargetAsync<long>($"SELECT count(*) FROM ONLY {table.Name.Sql} WHERE v = 'later'"))
                .ShouldBe(isOld ? 0 : await pair.Databases.FromSourceAsync<long>($"SELECT count(*) FROM ONLY {table.Name.Sql} WHERE v = 'later'"));
        }

        result.Tables.Where(t => t.Name.Name.StartsWith("parts", StringComparison.Ordinal)).Select(t => t.At).Distinct().Count()
            .ShouldBe(1, "changes of all partitions arrive in one name, so one position has to hold for all");
    }

    [Fact]
    public async Task A_second_run_does_nothing()
    {
        await using var pair = await PairWithRowsAsync();
        var first = await pair.CopyAsync(SmallChunks);

        var second = await pair.CopyAsync(SmallChunks);

        second.Snapshot.ShouldBeNull();
        second.Tables.ShouldBe(first.Tables);
    }

    [Fact]
    public async Task Rows_and_bytes_are_told_as_they_go_and_kept_for_other_terminals()
    {
        await using var pair = await PairWithRowsAsync();
        var told = new Told();

        var result = await pair.CopyAsync(SmallChunks, told);

        told.Last!.Rows.ShouldBe(result.Tables.Sum(t => t.Rows));
        told.Last.Bytes.ShouldBe(told.Last.TotalBytes);
        (await pair.Databases.FromTargetAsync<long>("SELECT sum(copied_rows)::bigint FROM pgsplit.move_table")).ShouldBe(told.Last.Rows);
        (await pair.Databases.FromTargetAsync<long>("SELECT sum(rows)::bigint FROM pgsplit.chunk")).ShouldBe(told.Last.Rows);
    }

    [Fact]
    public async Task Workers_that_are_not_wanted_wait()
    {
        await using var pair = await PairWithRowsAsync();
        var (wanted, done) = (0, 0);
        Failpoint.Observer.Value = name => { done += name == "copy.chunk-done" ? 1 : 0; return Task.CompletedTask; };
        var asked = new TaskCompletionSource();

        var copying = pair.CopyAsync(SmallChunks, hooks: new CopyHooks { ActiveWorkers = () => { asked.TrySetResult(); return Volatile.Read(ref wanted); } });
        await asked.Task;
        done.ShouldBe(0);
        Volatile.Write(ref wanted, 1);
        await copying;

        await pair.ShouldBeEqualAsync();
    }

    [Fact]
    public async Task A_row_that_the_target_does_not_take_is_named_and_nothing_of_its_chunk_is_there()
    {
        await using var pair = await PairWithRowsAsync();
        await pair.OnTargetAsync("ALTER TABLE small ADD CHECK (id <> 50)");

        var failure = await Should.ThrowAsync<PgSplitException>(() => pair.CopyAsync());

        failure.ExitCode.ShouldBe(ExitCode.Failed);
        failure.Message.ShouldStartWith("small can't be copied: new row for relation \"small\" violates check constraint");
        failure.Remedy.ShouldNotBeNull();
        (await pair.Databases.FromTargetAsync<long>("SELECT count(*) FROM small")).ShouldBe(0);
        (await pair.Databases.FromTargetAsync<long>("SELECT count(*) FROM pgsplit.chunk WHERE name = 'small'")).ShouldBe(0);
        await CopyUnderWriteTests.ShouldLeaveNothingAsync(pair);
    }

    [Fact]
    [Trait("Case", "8")]
    public async Task A_session_ended_by_others_is_said_to_be_lost()
    {
        await using var pair = await PairWithRowsAsync();
        Failpoint.Observer.Value = name => name == "copy.snapshot-imported"
            ? pair.OnTargetAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'pgsplit copy%'")
            : Task.CompletedTask;

        var failure = await Should.ThrowAsync<PgSplitException>(() => pair.CopyAsync());

        failure.ExitCode.ShouldBe(ExitCode.Failed);
        failure.Message.ShouldContain("a connection was lost");
        Failpoint.Observer.Value = null;
        await pair.CopyAsync();
        await pair.ShouldBeEqualAsync();
    }

    static async Task<PairInMove> PairWithRowsAsync()
    {
        var pair = await PairInMove.CreateAsync(
            """
            CREATE TABLE big (id int PRIMARY KEY, v text);
            CREATE TABLE small (id int PRIMARY KEY, v text);
            CREATE TABLE parts (id int, v text, PRIMARY KEY (id)) PARTITION BY HASH (id);
            CREATE TABLE parts_0 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 0);
            CREATE TABLE parts_1 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 1);
            """);
        await pair.OnSourceAsync(
            """
            INSERT INTO big SELECT n, repeat('b', 100) FROM generate_series(1, 8000) n;
            INSERT INTO small SELECT n, 's' FROM generate_series(1, 100) n;
            INSERT INTO parts SELECT n, repeat('p', 100) FROM generate_series(1, 6000) n
            """);
        return pair;
    }

    sealed class Told : IProgress<MoveProgress>
    {
        public MoveProgress? Last { get; private set; }

        public void Report(MoveProgress value) => Last = value;
    }
}
