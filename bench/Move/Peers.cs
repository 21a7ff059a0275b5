using System.Diagnostics;
using Hdms.Testing;
using Npgsql;
using PgSplit.Pg;

namespace Hdms.Bench.Move;

/// <summary>What people use to bring tables from one database to another, each run as its own documentation says.</summary>
sealed class Peers(TestCluster cluster, int tickets)
{
    public const string Source = "bench_s";
    public const string Target = "bench_t";
    static readonly string Dump = Path.Combine(Path.GetTempPath(), $"hdms-bench-dump-{Environment.ProcessId}");

    readonly Dictionary<string, string> _environment = new()
    {
        ["PGHOST"] = cluster.Socket,
        ["PGPORT"] = $"{cluster.Port}",
        ["PGUSER"] = "postgres",
        ["PGPASSWORD"] = new NpgsqlConnectionStringBuilder(cluster.ConnectionString()).Password!,
    };

    public static PgAddress Address(TestCluster cluster, string database)
    {
        var builder = new NpgsqlConnectionStringBuilder(cluster.ConnectionString(database));
        return PgAddress.Parse($"postgres://{builder.Username}:{Escaped(builder.Password!)}@127.0.0.1:{cluster.Port}/{database}");
    }

    public async Task FillAsync()
    {
        await cluster.ExecuteAsync($"CREATE DATABASE {Source}");
        await PsqlAsync(Source, "-v", $"tickets={tickets}", "-f", Path.Combine(AppContext.BaseDirectory, "Move", "monolith.sql"));
        await cluster.ExecuteAsync($"CREATE DATABASE {Target}");
    }

    public async Task EmptyTargetAsync()
    {
        await cluster.ExecuteAsync($"DROP DATABASE IF EXISTS {Target} WITH (FORCE)");
        await cluster.ExecuteAsync($"CREATE DATABASE {Target}");
    }

    public Task<long> BytesAsync() => cluster.ScalarAsync<long>("SELECT sum(pg_table_size(oid))::bigint FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace", Source)!;

    public async Task DumpAndRestoreAsync(string target)
    {
        await RunAsync("pg_dump", "-Fd", "-j2", "-Z0", "-f", Dump, Source);
        await RunAsync("pg_restore", "-j2", "-d", target, Dump);
    }

    public Task PgCopyDbAsync(string target) => Tool.RunAsync(
        "pgcopydb", ["clone", "--source", UrlOf(Source), "--target", UrlOf(target), "--table-jobs", "2", "--index-jobs", "2", "--dir", Dump + "-pgcopydb", "--no-role-passwords"], _environment);

    /// <summary>With the indexes there already, as its manual has it: the tables' synchronisation is over when all are ready.</summary>
    public async Task SubscribeAsync(string target)
    {
        await RunAsync("pg_dump", "-Fc", "-s", "-f", Dump + "-schema", Source);
        await RunAsync("pg_restore", "-d", target, Dump + "-schema");
        await cluster.ExecuteAsync("CREATE PUBLICATION bench FOR ALL TABLES", Source);
        await cluster.ExecuteAsync("SELECT pg_create_logical_replication_slot('bench', 'pgoutput')", Source);
        await cluster.ExecuteAsync($"CREATE SUBSCRIPTION bench CONNECTION '{Keywords(Source)}' PUBLICATION bench WITH (create_slot = false, slot_name = 'bench')", target);
        while (await cluster.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_subscription_rel WHERE srsubstate <> 'r')", target))
            await Task.Delay(50);
        await cluster.ExecuteAsync("ANALYZE;", target);
    }

    public async Task PauseSubscriptionAsync()
    {
        await cluster.ExecuteAsync("ALTER SUBSCRIPTION bench DISABLE", Target);
        while (await cluster.ScalarAsync<bool>("SELECT active FROM pg_replication_slots WHERE slot_name = 'bench'"))
            await Task.Delay(20);
    }

    public async Task<double> DrainSubscriptionAsync()
    {
        var until = await cluster.ScalarAsync<string>("SELECT pg_current_wal_lsn()::text", Source);
        var clock = Stopwatch.StartNew();
        await cluster.ExecuteAsync("ALTER SUBSCRIPTION bench ENABLE", Target);
        while (!await cluster.ScalarAsync<bool>($"SELECT confirmed_flush_lsn >= '{until}'::pg_lsn FROM pg_replication_slots WHERE slot_name = 'bench'"))
            await Task.Delay(10);
        return clock.Elapsed.TotalSeconds;
    }

    public Task WriteAsync(int transactions) => RunAsync(
        "pgbench", "-n", "-c", "8", "-j", "2", "-t", $"{transactions / 8}", "-D", $"tickets={tickets}", "-f", Path.Combine(AppContext.BaseDirectory, "Move", "mix.sql"), Source);

    /// <summary>Two at a time, the largest first, as nobody could do it faster by COPY.</summary>
    public async Task FloorAsync(string target)
    {
        await RunAsync("pg_dump", "-Fc", "-s", "-f", Dump + "-schema", Source);
        await RunAsync("pg_restore", "--section=pre-data", "-d", target, Dump + "-schema");
        var queue = new System.Collections.Concurrent.ConcurrentQueue<string>(["chat_message", "notifications_notification", "tickets_ticket", "chat_participant", "users_user"]);
        await Task.WhenAll(Enumerable.Range(0, 2).Select(async _ =>
        {
            while (queue.TryDequeue(out var table))
            {
                var psql = $"'{cluster.Programs}/psql' -X -q";
                await Tool.RunAsync("/bin/sh", ["-c", $"{psql} -d {Source} -c 'COPY {table} TO STDOUT (FORMAT binary)' | {psql} -d {target} -c 'COPY {table} FROM STDIN (FORMAT binary)'"], _environment);
            }
        }));
        await RunAsync("pg_restore", "--section=post-data", "-j2", "-d", target, Dump + "-schema");
        await cluster.ExecuteAsync("ANALYZE;", target);
    }

    public async Task TakeDownAsync(string way)
    {
        if (way == "native subscription")
        {
            await cluster.ExecuteAsync("ALTER SUBSCRIPTION bench DISABLE", Target);
            await cluster.ExecuteAsync("ALTER SUBSCRIPTION bench SET (slot_name = NONE)", Target);
            await cluster.ExecuteAsync("DROP SUBSCRIPTION bench", Target);
            while (await cluster.ScalarAsync<bool>("SELECT active FROM pg_replication_slots WHERE slot_name = 'bench'"))
                await Task.Delay(20);
            await cluster.ExecuteAsync("SELECT pg_drop_replication_slot('bench')", Source);
            await cluster.ExecuteAsync("DROP PUBLICATION bench", Source);
        }

        foreach (var path in new[] { Dump, Dump + "-pgcopydb" }.Where(Directory.Exists))
            Directory.Delete(path, recursive: true);
        File.Delete(Dump + "-schema");
    }

    Task<string> PsqlAsync(string database, params string[] arguments) => RunAsync("psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", database, .. arguments]);

    Task<string> RunAsync(string program, params string[] arguments) => Tool.RunAsync(Path.Combine(cluster.Programs, program), arguments, _environment);

    static string Escaped(string text) => System.Uri.EscapeDataString(text);

    string UrlOf(string database) => $"postgres://postgres:{Escaped(_environment["PGPASSWORD"])}@127.0.0.1:{cluster.Port}/{database}";

    string Keywords(string database) => $"host=127.0.0.1 port={cluster.Port} dbname={database} user=postgres password={_environment["PGPASSWORD"]}";
}
