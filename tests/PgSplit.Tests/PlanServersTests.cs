using Hdms.Testing;
using Npgsql;
using PgSplit.Mapping;
using PgSplit.Pg;
using PgSplit.Planning;
using PgSplit.Planning.Checks;

namespace PgSplit.Tests;

/// <summary>What plan says of servers, sessions and rights.</summary>
public sealed class PlanServersTests : IAsyncLifetime
{
    DatabasePair _pair = null!;

    public async ValueTask InitializeAsync()
    {
        _pair = await DatabasePair.CreateAsync();
        await _pair.OnSourceAsync("CREATE TABLE moving (id int PRIMARY KEY, note text); CREATE TABLE staying (id int PRIMARY KEY)");
    }

    public ValueTask DisposeAsync() => _pair.DisposeAsync();

    [Fact]
    public async Task A_table_of_the_same_name_on_the_target_is_a_blocker_until_it_is_gone()
    {
        await _pair.OnTargetAsync("CREATE TABLE moving (a int)");
        (await FindAsync("target-has-table"))!.Severity.ShouldBe(Severity.Blocker);

        await _pair.OnTargetAsync("DROP TABLE moving");
        (await FindAsync("target-has-table")).ShouldBeNull();
    }

    [Fact]
    [Trait("Case", "32")]
    public async Task An_extension_that_is_older_on_the_target_is_told_with_both_versions()
    {
        await _pair.OnSourceAsync("CREATE EXTENSION citext VERSION '1.6'; ALTER TABLE moving ADD c citext");
        await _pair.OnTargetAsync("CREATE EXTENSION citext VERSION '1.4'");
        (await FindAsync("extension-older"))!.Why.ShouldBe("the source has version 1.6, the target 1.4");

        await _pair.OnTargetAsync("ALTER EXTENSION citext UPDATE TO '1.6'");
        (await FindAsync("extension-older")).ShouldBeNull();
    }

    [Fact]
    public async Task The_source_itself_is_refused_as_target()
    {
        var map = Maps.Of(_pair.Source.Address, _pair.Source.Address, ["*"], "moving");

        (await Plan.RunAsync(map, null, CancellationToken.None)).Findings.ShouldContain(f => f.Code == "target-is-source" && f.Severity == Severity.Blocker);
    }

    [Fact]
    public async Task A_target_that_is_not_there_is_told_with_the_statement_that_makes_it()
    {
        var map = Maps.Of(_pair.Source.Address, _pair.Source.Address.WithDatabase("not there"), ["*"], "moving");

        (await Plan.RunAsync(map, null, CancellationToken.None)).Findings.Single(f => f.Code == "target-missing").Remedy!.ShouldStartWith("CREATE DATABASE \"not there\"");
    }

    [Fact]
    public async Task A_target_that_does_not_answer_is_a_blocker_and_the_source_is_examined_all_the_same()
    {
        await _pair.OnSourceAsync("ALTER TABLE moving DROP CONSTRAINT moving_pkey");
        var map = Maps.Of(_pair.Source.Address, PgAddress.Parse("postgres://me@127.0.0.1:1/db"), ["*"], "moving");

        var findings = (await Plan.RunAsync(map, null, CancellationToken.None)).Findings;

        findings.Where(f => f.Severity == Severity.Blocker).Select(f => f.Code).Order().ShouldBe(["row-identity", "target-unreachable"]);
    }

    [Fact]
    public async Task A_source_that_does_not_answer_ends_the_plan()
    {
        var map = Maps.Of(PgAddress.Parse("postgres://me@127.0.0.1:1/db"), _pair.Target.Address, ["*"], "moving");

        (await Should.ThrowAsync<PgSplitException>(() => Plan.RunAsync(map, null, CancellationToken.None))).ExitCode.ShouldBe(ExitCode.Unreachable);
    }

    [Fact]
    [Trait("Case", "25")]
    public async Task Another_encoding_is_a_blocker_and_another_sort_order_a_warning()
    {
        var cluster = await TestCluster.SharedAsync();
        var other = _pair.Target.Address.Database + "_latin";
        await cluster.ExecuteAsync($"CREATE DATABASE {other} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'");
        try
        {
            var map = Maps.Of(_pair.Source.Address, _pair.Source.Address.WithDatabase(other), ["*"], "moving");
            var findings = (await Plan.RunAsync(map, null, CancellationToken.None)).Findings;

            findings.Single(f => f.Code == "encoding").Why.ShouldBe("the source has encoding UTF8, the target LATIN1");
            var sorts = await _pair.FromSourceAsync<string>("SELECT datcollate::text FROM pg_database WHERE datname = current_database()");
            findings.Any(f => f.Code == "collation").ShouldBe(sorts != "C");
        }
        finally
        {
            await cluster.ExecuteAsync($"DROP DATABASE {other} WITH (FORCE)");
        }
    }

    [Fact]
    [Trait("Case", "1"), Trait("Case", "3")]
    public async Task A_long_transaction_is_a_warning_once_it_has_written()
    {
        var limits = new PlanLimits { LongTransaction = TimeSpan.Zero };
        await using var other = await _pair.Source.OpenAsync("other", CancellationToken.None);
        await using var transaction = await other.BeginTransactionAsync();
        await other.ExecuteAsync("SELECT count(*) FROM public.moving", CancellationToken.None);
        (await OfPidAsync(other.ProcessID, limits))!.Severity.ShouldBe(Severity.Note);

        await other.ExecuteAsync("INSERT INTO public.moving VALUES (1)", CancellationToken.None);
        (await OfPidAsync(other.ProcessID, limits))!.Severity.ShouldBe(Severity.Warning);

        await transaction.RollbackAsync();
        (await OfPidAsync(other.ProcessID, limits)).ShouldBeNull();
    }

    [Fact]
    public async Task A_transaction_that_writes_on_both_sides_of_the_cut_is_seen_while_it_is_open()
    {
        await using var other = await _pair.Source.OpenAsync("other", CancellationToken.None);
        await using var transaction = await other.BeginTransactionAsync();
        await other.ExecuteAsync("INSERT INTO public.moving VALUES (1)", CancellationToken.None);
        (await FindAsync("transaction-crosses")).ShouldBeNull();

        await other.ExecuteAsync("INSERT INTO public.staying VALUES (1)", CancellationToken.None);
        (await FindAsync("transaction-crosses"))!.Why.ShouldStartWith("writes moving, which moves, and staying, which does not");
    }

    [Fact]
    [Trait("Case", "12")]
    public async Task Time_outs_of_the_role_are_told_of_and_do_not_end_the_plan()
    {
        var database = _pair.Source.Address.Database;
        await _pair.OnSourceAsync($"ALTER DATABASE {database} SET statement_timeout = '1ms'");
        (await FindAsync("role-timeouts"))!.Why.ShouldContain("statement_timeout=1ms");

        await _pair.OnSourceAsync($"ALTER DATABASE {database} RESET statement_timeout");
        (await FindAsync("role-timeouts")).ShouldBeNull();
    }

    [Fact]
    public async Task Another_moves_slot_is_told_of_with_the_WAL_it_keeps()
    {
        var slot = $"pgsplit_{_pair.Source.Address.Database}_f";
        await _pair.OnSourceAsync($"SELECT pg_create_logical_replication_slot('{slot}', 'pgoutput')");
        (await Plan.RunAsync(Maps.Of(_pair, "moving"), null, CancellationToken.None)).Findings.ShouldContain(f => f.Code == "other-move" && f.Object == slot);

        await _pair.OnSourceAsync($"SELECT pg_drop_replication_slot('{slot}')");
        (await Plan.RunAsync(Maps.Of(_pair, "moving"), null, CancellationToken.None)).Findings.ShouldNotContain(f => f.Code == "other-move" && f.Object == slot);
    }

    [Fact]
    public async Task Without_superuser_each_missing_right_is_named_with_the_statement_that_gives_it()
    {
        var cluster = await TestCluster.SharedAsync();
        var role = _pair.Source.Address.Database + "_mover";
        await cluster.ExecuteAsync($"CREATE ROLE {role} LOGIN PASSWORD 'x'; CREATE ROLE {role}_owner");
        try
        {
            await _pair.OnSourceAsync($"ALTER TABLE moving OWNER TO {role}_owner; ALTER TABLE moving ENABLE ROW LEVEL SECURITY; ALTER TABLE moving FORCE ROW LEVEL SECURITY");
            var map = Maps.Of(As(role, _pair.Source.Address), As(role, _pair.Target.Address), ["*"], "moving");
            (await BlockersAsync(map)).ShouldBe(["privilege-create", "privilege-create", "privilege-origin", "privilege-origin", "privilege-owner", "privilege-parameter", "privilege-parameter", "privilege-replication", "privilege-replication", "privilege-rls"]);

            var findings = (await Plan.RunAsync(map, null, CancellationToken.None)).Findings.Where(f => f.Severity == Severity.Blocker).ToList();
            foreach (var finding in findings)
            {
                var sql = finding.Remedy!.Split(", in that database")[0].Split(", for the role")[0].Replace("the role of the move", role, StringComparison.Ordinal).Replace('…'.ToString(), role, StringComparison.Ordinal);
                await _pair.OnSourceAsync(sql);
                // What is in the catalog of each database must be granted in each.
                if (finding.Code is "privilege-origin")
                    await _pair.OnTargetAsync(sql);
            }

            (await BlockersAsync(map)).ShouldBeEmpty();
            (await Plan.RunAsync(map, null, CancellationToken.None)).Findings.ShouldContain(f => f.Code == "guard-detects-only");
        }
        finally
        {
            await _pair.DisposeAsync();
            await cluster.ExecuteAsync($"REVOKE SET ON PARAMETER session_replication_role FROM {role}; DROP ROLE {role}; DROP ROLE {role}_owner");
        }

        PgAddress As(string user, PgAddress address) => PgAddress.Parse($"postgres://{user}:x@{address.Host}:{address.Port}/{address.Database}");

        static async Task<IEnumerable<string>> BlockersAsync(Map map) =>
            (await Plan.RunAsync(map, null, CancellationToken.None)).Findings.Where(f => f.Severity == Severity.Blocker).Select(f => f.Code).Order(StringComparer.Ordinal);
    }

    [Fact]
    [Trait("Case", "4"), Trait("Case", "5")]
    public async Task A_server_that_is_not_made_for_it_is_told_each_setting_with_the_number_needed()
    {
        await using var cluster = await TestCluster.StartWithAsync(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["wal_level"] = "replica",
            ["max_replication_slots"] = "1",
            ["max_wal_senders"] = "1",
            ["max_slot_wal_keep_size"] = "1GB",
            ["max_prepared_transactions"] = "5",
            ["synchronous_standby_names"] = "",
        });
        await cluster.ExecuteAsync("CREATE DATABASE t");
        await cluster.ExecuteAsync("CREATE TABLE moving (id int PRIMARY KEY)");
        await cluster.ExecuteAsync("BEGIN; INSERT INTO moving VALUES (1); PREPARE TRANSACTION 'forgotten'");
        var builder = new NpgsqlConnectionStringBuilder(cluster.ConnectionString());
        var address = PgAddress.Parse($"postgres://{builder.Username}:{Uri.EscapeDataString(builder.Password ?? "")}@127.0.0.1:{cluster.Port}/postgres");

        var findings = (await Plan.RunAsync(Maps.Of(address, address.WithDatabase("t"), ["*"], "moving"), null, CancellationToken.None)).Findings;

        findings.Where(f => f.Severity == Severity.Blocker).Select(f => f.Code).Order(StringComparer.Ordinal).ShouldBe(["origins", "senders", "slots", "wal-level"]);
        findings.Single(f => f.Code == "wal-level").Remedy.ShouldBe("ALTER SYSTEM SET wal_level = 'logical', then restart the server");
        findings.Single(f => f.Code == "slots").Why.ShouldBe("the move needs 3 replication slots and 1 of 1 are free");
        findings.Single(f => f.Code == "wal-keep").Severity.ShouldBe(Severity.Warning);
        findings.Single(f => f.Code == "prepared-transaction").Object.ShouldBe("forgotten");
    }

    static readonly ServerFacts Ready = new()
    {
        Version = 170_002, WalLevel = "logical", InRecovery = false, MaxSlots = 10, Slots = 0, MaxSenders = 10, Senders = 0, MaxOrigins = 10, Origins = 0, FreeConnections = 90,
        SlotWalKeepBytes = null, SynchronousStandbys = "", TransactionTimeout = null, SlotIdleTimeout = null, RoleTimeouts = [], WalBytesPerSecond = null,
    };

    [Fact]
    public void A_server_is_judged_by_what_it_says_of_itself()
    {
        Codes(Ready).ShouldBeEmpty();
        Codes(Ready with { InRecovery = true }).ShouldBe(["standby"]);
        Codes(Ready with { Version = 140_011 }).ShouldBe(["server-version"]);
        Codes(Ready with { Slots = 9 }).ShouldBe(["slots"]);
        Codes(Ready with { Senders = 9 }).ShouldBe(["senders"]);
        Codes(Ready with { Origins = 10 }).ShouldBe(["origins"]);
        Codes(Ready with { FreeConnections = 3 }).ShouldBe(["connections"]);
        Codes(Ready with { SynchronousStandbys = "standby1" }).ShouldBe(["synchronous-standby"]);
        Codes(Ready with { TransactionTimeout = "1min" }).ShouldBe(["transaction-timeout"]);
        Codes(Ready with { Version = 180_001, SlotIdleTimeout = "1d" }).ShouldBe(["slot-idle-timeout"]);
        Codes(Ready with { WalBytesPerSecond = 1e9 }).ShouldBe(["wal-budget"]);
        Codes(Ready with { WalBytesPerSecond = 1e3 }).ShouldBeEmpty();
    }

    [Fact]
    public void On_version_18_origins_have_a_setting_of_their_own()
    {
        var x = Examination();
        ServerReadiness.Judge(x, "source", "db", Ready with { Version = 180_000, Origins = 10 }, streams: 1);

        x.Findings.Single().Remedy!.ShouldContain("max_active_replication_origins = 11");
    }

    [Fact]
    public void A_pooler_gives_itself_away()
    {
        Pooler.Judge(announced: 7, [7, 7, 7], "on").ShouldBeNull();
        Pooler.Judge(announced: 7, [7, 8, 7], "on")!.ShouldContain("transaction or statement mode");
        Pooler.Judge(announced: 7, [7, 7, 7], "off")!.ShouldContain("lost between statements");
        Pooler.Judge(announced: 1, [7, 7, 7], "on")!.ShouldContain("another process");
    }

    [Fact]
    public async Task Plan_changes_nothing_on_either_side()
    {
        await _pair.OnSourceAsync(Sample.HelpDesk);
        var map = Maps.Of(_pair, "tickets_ticket", "tickets_comment", "moving");
        var before = await StateAsync();

        (await Plan.RunAsync(map, null, CancellationToken.None)).Findings.ShouldNotBeEmpty();

        (await StateAsync()).ShouldBe(before);
    }

    // Every row of the catalog has the transaction that made it: a change of anything shows.
    async Task<string> StateAsync()
    {
        const string catalog =
            """
            SELECT (SELECT md5(string_agg(xmin::text || oid::text, ',' ORDER BY oid)) FROM pg_class) || (SELECT md5(string_agg(xmin::text || oid::text, ',' ORDER BY oid)) FROM pg_proc)
                || (SELECT md5(string_agg(xmin::text || oid::text, ',' ORDER BY oid)) FROM pg_trigger) || (SELECT md5(string_agg(xmin::text || oid::text, ',' ORDER BY oid)) FROM pg_namespace)
                || (SELECT count(*) FROM pg_publication) || (SELECT count(*) FROM pg_event_trigger)
                || (SELECT count(*) FROM pg_replication_slots WHERE database = current_database())
                || (SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) FROM pg_stat_user_tables)
            """;
        return await _pair.FromSourceAsync<string>(catalog) + await _pair.FromTargetAsync<string>(catalog);
    }

    static IEnumerable<string> Codes(ServerFacts facts)
    {
        var x = Examination();
        ServerReadiness.Judge(x, "source", "db", facts, streams: 1);
        ServerReadiness.Wal(x, facts, new ServicePlan("x", "", "", [new TablePlan(default, 1, 1L << 30, 1L << 28)], Estimate.Of(1L << 30, 1L << 28)));
        return x.Findings.Select(f => f.Code);
    }

    static Examination Examination()
    {
        var address = PgAddress.Parse("postgres://me@db/s");
        var map = Maps.Of(address, address.WithDatabase("t"), [], "moving");
        return new Examination { Map = map, Service = map.Services[0], Limits = new PlanLimits(), Source = new NpgsqlConnection(), Tables = [] };
    }

    async Task<Finding?> OfPidAsync(int pid, PlanLimits limits) =>
        (await Plan.RunAsync(Maps.Of(_pair, "moving"), null, limits, CancellationToken.None)).Findings.FirstOrDefault(f => f.Code == "long-transaction" && f.Object == $"pid {pid}");

    async Task<Finding?> FindAsync(string code) =>
        (await Plan.RunAsync(Maps.Of(_pair, "moving"), null, CancellationToken.None)).Findings.FirstOrDefault(f => f.Code == code);
}
