using System.Diagnostics;
using Hdms.Testing;
using Npgsql;
using PgSplit.Control;
using PgSplit.Fencing;
using PgSplit.Pg;
using Spectre.Console;

namespace Hdms.Bench.Move;

/// <summary>How long writers wait at a switch, as they see it themselves: five times there and five times back, at several rates.</summary>
static class PauseBench
{
    const int Clients = 8;
    const int Rounds = 5;

    public static async Task<Table> RunAsync(TestCluster cluster)
    {
        var table = new Table().Title("write pause at a switch").AddColumns("tables", "writes/s", "pause p50 ms", "p95 ms", "most ms", "longest write ms", "failed writes");
        foreach (var tables in new[] { 1, 20 })
        {
            foreach (var rate in new int?[] { 100, 1_000, null })
                await MeasureAsync(cluster, tables, rate, table);
        }

        return table;
    }

    static async Task MeasureAsync(TestCluster cluster, int tables, int? rate, Table report)
    {
        AnsiConsole.MarkupLine($"[grey]pause: {tables} tables, {rate?.ToString() ?? "as many as can be"} writes a second[/]");
        var (source, target) = ($"pause_s{tables}", $"pause_t{tables}");
        foreach (var database in new[] { source, target })
        {
            await cluster.ExecuteAsync($"DROP DATABASE IF EXISTS {database} WITH (FORCE)");
            await cluster.ExecuteAsync($"CREATE DATABASE {database}");
        }

        await cluster.ExecuteAsync(string.Concat(Enumerable.Range(1, tables).Select(n => $"CREATE TABLE t{n} (id bigserial PRIMARY KEY, n int NOT NULL, note text); INSERT INTO t{n} (n) SELECT g FROM generate_series(1, 2000) g;")), source);
        var definition = new MoveDefinition
        {
            Id = "pause",
            Source = Peers.Address(cluster, source),
            Target = Peers.Address(cluster, target),
            Tables = [.. Enumerable.Range(1, tables).Select(n => new QualifiedName("public", $"t{n}"))],
        };
        await using var move = (await PgSplit.Move.TryOpenAsync(definition, null, null, CancellationToken.None))!;
        await move.PrepareAsync(CancellationToken.None);
        await move.CopyAsync(CancellationToken.None);
        await move.VerifyAsync(CancellationToken.None);

        using var stop = new CancellationTokenSource();
        var written = 0L;
        var failed = 0L;
        var longest = new double[Clients];
        var servers = new[] { new PgServer(definition.Source), new PgServer(definition.Target) };
        var at = 0;
        var clock = Stopwatch.StartNew();
        var writers = Enumerable.Range(0, Clients).Select(client => Task.Run(async () =>
        {
            var sessions = new[] { await servers[0].OpenAsync("writer", CancellationToken.None), await servers[1].OpenAsync("writer", CancellationToken.None) };
            var random = new Random(client);
            var next = clock.Elapsed;
            while (!stop.IsCancellationRequested)
            {
                if (rate is { } perSecond)
                {
                    next += TimeSpan.FromSeconds((double)Clients / perSecond);
                    if (next > clock.Elapsed)
                        await Task.Delay(next - clock.Elapsed);
                }

                var begun = clock.Elapsed;
                var n = 1 + random.Next(tables);
                while (true)
                {
                    try
                    {
                        await sessions[at].ExecuteAsync($"UPDATE public.t{n} SET n = n + 1 WHERE id = {1 + random.Next(2000)}", CancellationToken.None);
                        break;
                    }
                    catch (PostgresException e) when (e.SqlState == Fence.SqlState)
                    {
                        Volatile.Write(ref at, e.Detail!.Contains($"/{target}\"", StringComparison.Ordinal) ? 1 : 0);
                    }
                    catch (PostgresException)
                    {
                        Interlocked.Increment(ref failed);
                        break;
                    }
                }

                Interlocked.Increment(ref written);
                longest[client] = Math.Max(longest[client], (clock.Elapsed - begun).TotalMilliseconds);
            }

            foreach (var session in sessions)
                await session.DisposeAsync();
        })).ToList();

        await Task.Delay(2_000);
        longest.AsSpan().Clear();
        var (before, since) = (Interlocked.Read(ref written), clock.Elapsed);
        var pauses = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var closing in new[] { Side.Source, Side.Target })
            {
                pauses.Add(await SwitchAsync(move, closing));
                await Task.Delay(500);
            }
        }

        var perSecondSeen = (Interlocked.Read(ref written) - before) / (clock.Elapsed - since).TotalSeconds;
        await stop.CancelAsync();
        await Task.WhenAll(writers);
        await move.CancelAsync(CancellationToken.None);
        pauses.Sort();
        report.AddRow($"{tables}", $"{perSecondSeen:N0}", $"{pauses[pauses.Count / 2]:N0}", $"{pauses[(int)(pauses.Count * 0.95)]:N0}", $"{pauses[^1]:N0}", $"{longest.Max():N0}", $"{failed}");
    }

    // A refused switch has made nobody wait; a person would choose the next moment, too.
    static async Task<double> SwitchAsync(PgSplit.Move move, Side closing)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return (await move.SwitchAsync(closing, dryRun: false, 0, CancellationToken.None)).Pause!.Value.TotalMilliseconds;
            }
            catch (PgSplit.PgSplitException e) when (e.ExitCode == PgSplit.ExitCode.Refused && attempt < 10)
            {
                await Task.Delay(500);
            }
        }
    }
}
