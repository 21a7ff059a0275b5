using System.Diagnostics;
using Hdms.Testing;
using PgSplit.Control;
using PgSplit.Follow;
using PgSplit.Pg;
using Spectre.Console;

namespace Hdms.Bench.Move;

/// <param name="Tickets">Five messages, three notifications and two participants to each.</param>
/// <param name="Rounds">Medians are of so many.</param>
/// <param name="Transactions">Written while nobody follows, then drained.</param>
sealed record MoveBenchOptions(int Tickets, int Rounds, int Transactions, string? Only);

/// <summary>
/// The engine beside what people use for the same: pg_dump and pg_restore, pgcopydb, native logical replication, and the floor, which is
/// COPY piped into COPY with the indexes built afterwards. Same cluster, same data, one run.
/// </summary>
static class MoveBench
{
    static readonly CancellationToken Ct = CancellationToken.None;
    internal static readonly string[] Tables = ["users_user", "tickets_ticket", "chat_message", "chat_participant", "notifications_notification"];

    public static async Task<bool> RunAsync(MoveBenchOptions options)
    {
        await using var cluster = await TestCluster.StartDurableAsync();
        var peers = new Peers(cluster, options.Tickets);
        AnsiConsole.MarkupLine($"[grey]filling a monolith of {options.Tickets:N0} tickets[/]");
        await peers.FillAsync();

        var copy = options.Only is null or "copy" or "verify";
        var (table, verify) = copy ? await CopyAsync(cluster, peers, options) : (new Table(), new Table());
        if (copy)
        {
            AnsiConsole.Write(table);
            AnsiConsole.Write(verify);
        }

        if (options.Only is null or "follow")
            AnsiConsole.Write(await FollowAsync(cluster, peers, options));
        if (options.Only is null or "pause")
            AnsiConsole.Write(await PauseBench.RunAsync(cluster));
        AnsiConsole.WriteLine($"most memory of this process, the engine in it: {Peak() / 1024} MB");
        return true;
    }

    static async Task<(Table Copy, Table Verify)> CopyAsync(TestCluster cluster, Peers peers, MoveBenchOptions options)
    {
        var ways = new (string Name, Func<string, Task> Run)[]
        {
            ("pgsplit", target => OursAsync(cluster, target)),
            ("pg_dump -j2 | pg_restore -j2", peers.DumpAndRestoreAsync),
            ("pgcopydb", peers.PgCopyDbAsync),
            ("native subscription", peers.SubscribeAsync),
            ("COPY | COPY, then indexes (the floor)", peers.FloorAsync),
        };
        var times = ways.ToDictionary(w => w.Name, _ => new List<double>());
        var compared = new List<double>();
        for (var round = 0; round < options.Rounds; round++)
        {
            foreach (var (name, run) in ways)
            {
                AnsiConsole.MarkupLineInterpolated($"[grey]copy: {name}[/]");
                await peers.EmptyTargetAsync();
                await cluster.ExecuteAsync("CHECKPOINT;");
                var clock = Stopwatch.StartNew();
                await run(Peers.Target);
                times[name].Add(clock.Elapsed.TotalSeconds);
                if (name == "pgsplit")
                    compared.Add(await VerifyAndCancelAsync(cluster));
                else
                    await peers.TakeDownAsync(name);
            }
        }

        var bytes = await peers.BytesAsync();
        var floor = Median(times[ways[^1].Name]);
        var ours = Median(times["pgsplit"]);
        var table = new Table().Title($"copy and indexes, {bytes >> 20} MB of heap").AddColumns("", "seconds", "MB/s", "times pgsplit's", "times the floor");
        foreach (var (name, _) in ways)
        {
            var took = Median(times[name]);
            table.AddRow(name, $"{took:N1}", $"{(bytes >> 20) / took:N0}", $"{took / ours:N2}", $"{took / floor:N2}");
        }

        var verify = new Table().Title("comparison of every row").AddColumns("", "seconds", "MB/s", "of copy speed");
        verify.AddRow("pgsplit verify", $"{Median(compared):N1}", $"{(bytes >> 20) / Median(compared):N0}", $"{ours / Median(compared):N2}");
        return (table, verify);
    }

    static async Task OursAsync(TestCluster cluster, string target)
    {
        var phases = new Phases();
        await using var move = (await PgSplit.Move.TryOpenAsync(Definition(cluster, target), phases, null, Ct))!;
        await move.PrepareAsync(Ct);
        phases.Begin("copy");
        await move.CopyAsync(Ct);
        AnsiConsole.MarkupLineInterpolated($"[grey]  {phases.End()}[/]");
    }

    /// <summary>Where the time goes: each phase lasts until the last word of it.</summary>
    sealed class Phases : IProgress<MoveProgress>
    {
        readonly Stopwatch _clock = Stopwatch.StartNew();
        readonly List<(string Name, TimeSpan Until)> _phases = [("prepare", default)];

        public void Report(MoveProgress value)
        {
            lock (_phases)
            {
                if (_phases[^1].Name == value.Phase)
                    _phases[^1] = (value.Phase, _clock.Elapsed);
                else
                    _phases.Add((value.Phase, _clock.Elapsed));
            }
        }

        public void Begin(string phase)
        {
            lock (_phases)
            {
                _phases[^1] = (_phases[^1].Name, _clock.Elapsed);
                _phases.Add((phase, _clock.Elapsed));
            }
        }

        public string End()
        {
            Begin("");
            var before = TimeSpan.Zero;
            var parts = new List<string>();
            foreach (var (name, until) in _phases.SkipLast(1).Append(("the rest", _clock.Elapsed)))
            {
                parts.Add($"{name} {(until - before).TotalSeconds:N1} s");
                before = until;
            }

            return string.Join(", ", parts);
        }
    }

    static async Task<double> VerifyAndCancelAsync(TestCluster cluster)
    {
        await using var move = (await PgSplit.Move.TryOpenAsync(Definition(cluster, Peers.Target), null, null, Ct))!;
        var clock = Stopwatch.StartNew();
        var result = await move.VerifyAsync(Ct);
        var took = clock.Elapsed.TotalSeconds;
        if (!result.Equal)
            throw new InvalidOperationException("both sides differ");
        await move.CancelAsync(Ct);
        return took;
    }

    // The same transactions are written while nobody follows; then it is measured how long each takes to catch up.
    static async Task<Table> FollowAsync(TestCluster cluster, Peers peers, MoveBenchOptions options)
    {
        var (ours, native) = (new List<double>(), new List<double>());
        for (var round = 0; round < options.Rounds; round++)
        {
            AnsiConsole.MarkupLine("[grey]follow: pgsplit[/]");
            await peers.EmptyTargetAsync();
            await OursAsync(cluster, Peers.Target);
            await peers.WriteAsync(options.Transactions);
            ours.Add(await DrainAsync(cluster));

            AnsiConsole.MarkupLine("[grey]follow: native subscription[/]");
            await peers.EmptyTargetAsync();
            await peers.SubscribeAsync(Peers.Target);
            await peers.PauseSubscriptionAsync();
            await peers.WriteAsync(options.Transactions);
            native.Add(await peers.DrainSubscriptionAsync());
            await peers.TakeDownAsync("native subscription");
        }

        var rows = options.Transactions * 4;
        var table = new Table().Title($"following {options.Transactions:N0} transactions of 4 rows").AddColumns("", "seconds to drain", "rows a second", "ratio");
        table.AddRow("pgsplit", $"{Median(ours):N1}", $"{rows / Median(ours):N0}", $"{Median(native) / Median(ours):N2}");
        table.AddRow("native subscription", $"{Median(native):N1}", $"{rows / Median(native):N0}", "1");
        return table;
    }

    static async Task<double> DrainAsync(TestCluster cluster)
    {
        var definition = Definition(cluster, Peers.Target);
        await using var source = await new PgServer(definition.Source).OpenAsync("bench", Ct);
        var barrier = await BarrierMessage.EmitAsync(source, definition.Id, 0, Ct);
        var clock = Stopwatch.StartNew();
        await using var move = (await PgSplit.Move.TryOpenAsync(definition, null, null, Ct))!;
        await move.Streams!.Forward.ReachedAsync(barrier, Ct);
        var took = clock.Elapsed.TotalSeconds;
        await move.CancelAsync(Ct);
        return took;
    }

    internal static MoveDefinition Definition(TestCluster cluster, string target) => new()
    {
        Id = "bench",
        Source = Peers.Address(cluster, Peers.Source),
        Target = Peers.Address(cluster, target),
        Tables = [.. Tables.Select(t => new QualifiedName("public", t))],
    };

    internal static double Median(List<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }

    // VmHWM, in kB.
    internal static long Peak() => long.Parse(File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmHWM", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]);
}
