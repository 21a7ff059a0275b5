using NpgsqlTypes;
using PgSplit.Control;
using PgSplit.Copy;
using PgSplit.Pg;

namespace PgSplit.Tests;

/// <summary>The source is in use while it is copied.</summary>
public sealed class CopyUnderWriteTests
{
    const string Ledger = "CREATE TABLE ledger (id bigint PRIMARY KEY, client int NOT NULL, v text)";

    [Fact]
    public async Task What_arrives_is_what_was_committed_before_the_snapshots_position()
    {
        await using var pair = await PairInMove.CreateAsync(Ledger);
        await pair.OnSourceAsync("INSERT INTO ledger SELECT n, 0, repeat('x', 200) FROM generate_series(1, 30000) n");
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(1, 3).Select(client => Task.Run(() => WriteAsync(pair, client, stop.Token))).ToArray();

        var result = await pair.CopyAsync(new MoveOptions { ChunkBytes = 1 << 20, Workers = 2 });
        await stop.CancelAsync();
        var commits = (await Task.WhenAll(writers)).SelectMany(c => c).ToArray();

        var copied = await IdsAsync(pair.Target);
        foreach (var (id, before, after) in commits)
        {
            // The commit record lies between the two positions that its writer saw.
            if (after <= result.Snapshot!.Value)
                copied.ShouldContain(id);
            if (before >= result.Snapshot!.Value)
                copied.ShouldNotContain(id);
        }

        commits.Length.ShouldBeGreaterThan(0);
        result.Tables.Single().Rows.ShouldBe(copied.Count);
        (await pair.Databases.FromTargetAsync<long>("SELECT count(*) FROM ledger WHERE client = 0 AND v = repeat('x', 200)")).ShouldBe(30000);
    }

    [Fact]
    [Trait("Case", "15")]
    public async Task A_table_truncated_between_snapshot_and_lock_is_copied_as_of_a_new_snapshot()
    {
        await using var pair = await PairInMove.CreateAsync(Ledger);
        await pair.OnSourceAsync("INSERT INTO ledger SELECT n, 0, 'old' FROM generate_series(1, 100) n");
        var snapshots = 0;
        Failpoint.Observer.Value = async name =>
        {
            if (name == "copy.slot-created" && ++snapshots == 1)
                await pair.OnSourceAsync("TRUNCATE ledger; INSERT INTO ledger VALUES (7, 7, 'new')");
        };

        var result = await pair.CopyAsync();

        snapshots.ShouldBe(2);
        result.Tables.Single().Rows.ShouldBe(1);
        await pair.ShouldBeEqualAsync();
    }

    [Fact]
    [Trait("Case", "16")]
    public async Task A_table_rewritten_in_between_is_copied_as_of_a_new_snapshot_too()
    {
        await using var pair = await PairInMove.CreateAsync(Ledger);
        await pair.OnSourceAsync("INSERT INTO ledger SELECT n, 0, 'old' FROM generate_series(1, 100) n; DELETE FROM ledger WHERE id < 50");
        var snapshots = 0;
        Failpoint.Observer.Value = async name =>
        {
            if (name == "copy.slot-created" && ++snapshots == 1)
            {
                await using var session = await pair.Source.OpenAsync("test", default);
                await session.ExecuteAsync("VACUUM FULL public.ledger", default);
            }
        };

        await pair.CopyAsync();

        snapshots.ShouldBe(2);
        await pair.ShouldBeEqualAsync();
    }

    [Fact]
    public async Task A_table_that_is_rewritten_every_time_is_given_up_by_name()
    {
        await using var pair = await PairInMove.CreateAsync(Ledger);
        Failpoint.Observer.Value = name => name == "copy.slot-created" ? pair.OnSourceAsync("TRUNCATE ledger") : Task.CompletedTask;

        var failure = await Should.ThrowAsync<PgSplitException>(() => pair.CopyAsync());

        failure.Message.ShouldStartWith("ledger was rewritten or truncated each of 5 times");
        await ShouldLeaveNothingAsync(pair);
    }

    [Theory]
    [Trait("Case", "15")]
    [InlineData("ALTER TABLE ledger ADD note text")]
    [InlineData("CREATE TABLE ledger_2 PARTITION OF ledger FOR VALUES FROM (100) TO (200)", Traits = ["Category", "Long"])]
    [InlineData("DROP TABLE ledger_1; CREATE TABLE ledger_1 PARTITION OF ledger FOR VALUES FROM (0) TO (100)", Traits = ["Category", "Long"])]
    public async Task A_table_altered_since_the_move_was_prepared_is_refused(string change)
    {
        await using var pair = await PairInMove.CreateAsync(
            "CREATE TABLE ledger (id bigint PRIMARY KEY) PARTITION BY RANGE (id); CREATE TABLE ledger_1 PARTITION OF ledger FOR VALUES FROM (0) TO (100)");
        Failpoint.Observer.Value = name => name == "copy.slot-created" ? pair.OnSourceAsync(change) : Task.CompletedTask;

        var refusal = await Should.ThrowAsync<PgSplitException>(() => pair.CopyAsync());

        refusal.ExitCode.ShouldBe(ExitCode.Refused);
        refusal.Message.ShouldContain("ledger");
        await ShouldLeaveNothingAsync(pair);
    }

    [Fact]
    [Trait("Case", "17")]
    public async Task A_truncate_that_waits_for_the_copy_is_named_and_empties_nothing_of_what_is_copied()
    {
        await using var pair = await PairInMove.CreateAsync(Ledger);
        await pair.OnSourceAsync("INSERT INTO ledger SELECT n, 0, 'x' FROM generate_series(1, 1000) n");
        var named = new TaskCompletionSource<CopyWarning>();
        Task truncate = Task.CompletedTask;
        Failpoint.Observer.Value = async name =>
        {
            if (name == "copy.snapshot-imported")
                truncate = Task.Run(() => pair.OnSourceAsync("TRUNCATE ledger"));
            if (name == "copy.chunk-done")
                await named.Task;
        };

        var result = await pair.CopyAsync(hooks: new CopyHooks { Warn = w => named.TrySetResult(w) });
        await truncate;

        var warning = await named.Task;
        warning.Kind.ShouldBe(CopyWarningKind.WaitsForCopy);
        warning.Table!.Value.Name.ShouldBe("ledger");
        warning.Query!.ShouldContain("TRUNCATE ledger");
        result.Tables.Single().Rows.ShouldBe(1000);
        (await pair.Databases.FromTargetAsync<long>("SELECT count(*) FROM ledger")).ShouldBe(1000);
    }

    [Fact]
    [Trait("Case", "1")]
    public async Task Transactions_that_keep_the_snapshot_from_being_taken_are_named_and_waited_for()
    {
        await using var pair = await PairInMove.CreateAsync(Ledger);
        // In another database: the walsender waits for it all the same.
        await using var writer = await pair.Target.OpenAsync("test", default);
        await writer.ExecuteAsync("CREATE TABLE public.other (a int)", default);
        await writer.ExecuteAsync("BEGIN", default);
        await writer.ExecuteAsync("INSERT INTO public.other VALUES (1)", default);
        var named = new TaskCompletionSource<CopyWarning>();

        var copying = pair.CopyAsync(hooks: new CopyHooks { Warn = w => { if (w.Pid == writer.ProcessID) named.TrySetResult(w); } });
        var warning = await named.Task;
        copying.IsCompleted.ShouldBeFalse();
        await writer.ExecuteAsync("COMMIT", default);
        await copying;

        warning.Kind.ShouldBe(CopyWarningKind.SnapshotWaits);
        warning.Database.ShouldBe(pair.Target.Address.Database);
        warning.Query!.ShouldContain("INSERT INTO public.other");
    }

    [Fact]
    public async Task A_copy_called_off_while_it_waits_for_its_snapshot_leaves_no_slot_behind()
    {
        await using var pair = await PairInMove.CreateAsync(Ledger);
        await using var writer = await pair.Target.OpenAsync("test", default);
        await writer.ExecuteAsync("CREATE TABLE public.other (a int)", default);
        await writer.ExecuteAsync("BEGIN", default);
        await writer.ExecuteAsync("INSERT INTO public.other VALUES (1)", default);
        using var stop = new CancellationTokenSource();

        await Should.ThrowAsync<OperationCanceledException>(() => pair.CopyAsync(hooks: new CopyHooks { Warn = _ => stop.Cancel() }, ct: stop.Token));

        await ShouldLeaveNothingAsync(pair);
    }

    internal static async Task ShouldLeaveNothingAsync(PairInMove pair) => await Hdms.Testing.Eventually.ShouldAsync(async () =>
        await pair.Databases.FromSourceAsync<long>("SELECT count(*) FROM pg_replication_slots WHERE database = current_database()") == 0
        && await pair.Databases.FromSourceAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'pgsplit copy%'") == 0
        && await pair.Databases.FromTargetAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'pgsplit copy%'") == 0);

    static async Task<List<(long Id, NpgsqlLogSequenceNumber Before, NpgsqlLogSequenceNumber After)>> WriteAsync(PairInMove pair, int client, CancellationToken stop)
    {
        await using var connection = await pair.Source.OpenAsync("test", default);
        var commits = new List<(long, NpgsqlLogSequenceNumber, NpgsqlLogSequenceNumber)>();
        for (var id = client * 1_000_000L; !stop.IsCancellationRequested; id++)
        {
            var before = await connection.ScalarAsync<NpgsqlLogSequenceNumber>("SELECT pg_current_wal_insert_lsn()", default);
            await connection.ExecuteAsync("INSERT INTO public.ledger VALUES ($1, $2, 'w')", default, id, client);
            commits.Add((id, before, await connection.ScalarAsync<NpgsqlLogSequenceNumber>("SELECT pg_current_wal_insert_lsn()", default)));
        }

        return commits;
    }

    static async Task<HashSet<long>> IdsAsync(PgServer server)
    {
        await using var connection = await server.OpenAsync("test", default);
        return [.. await connection.QueryAsync("SELECT id FROM public.ledger", r => r.GetInt64(0), default)];
    }
}
