using Npgsql;
using PgSplit.Fencing;
using PgSplit.Pg;

namespace PgSplit.Tests;

/// <summary>
/// Clients that write all the time, as an application does that knows the route: told PS001, they run the transaction again at the
/// other side. Each notes what was acknowledged to it (PROTOCOL section 2, item 2).
/// </summary>
sealed class Writers : IAsyncDisposable
{
    readonly DatabasePair _pair;
    readonly CancellationTokenSource _stop = new();
    readonly List<Task> _running;
    readonly List<(int Client, int Seq)>[] _acknowledged;
    volatile PgServer _at;

    readonly Func<bool, int, int, Random, string> _transaction;

    Writers(DatabasePair pair, int clients, PgServer at, Func<bool, int, int, Random, string> transaction)
    {
        (_pair, _at, _transaction) = (pair, at, transaction);
        _acknowledged = [.. Enumerable.Range(0, clients).Select(_ => new List<(int, int)>())];
        _running = [.. Enumerable.Range(0, clients).Select(c => Task.Run(() => WriteAsync(c)))];
    }

    /// <summary>Longest time that one transaction took from its first attempt to its acknowledgement.</summary>
    public TimeSpan LongestWait { get; private set; }

    /// <summary>Errors that were neither a fence nor a lost connection.</summary>
    public List<string> Errors { get; } = [];

    public int Acknowledged => _acknowledged.Sum(a => { lock (a) return a.Count; });

    /// <param name="transaction">What a client writes: given whether it is at the target, the client, its number, and chance.</param>
    public static Writers Start(DatabasePair pair, int clients = 4, PgServer? at = null, Func<bool, int, int, Random, string>? transaction = null) =>
        new(pair, clients, at ?? pair.Source, transaction ?? Shop);

    static string Shop(bool atTarget, int client, int seq, Random random) =>
        $"""
        BEGIN;
        INSERT INTO ledger VALUES ({client}, {seq}, {random.Next()});
        UPDATE counters SET n = n + 1 WHERE id = {1 + random.Next(20)};
        INSERT INTO orders (customer_id, total) VALUES ({1 + random.Next(500)}, {random.Next(1000)});
        UPDATE orders SET note = coalesce(note, '') || 'x', state = 'paid' WHERE id = {1 + random.Next(3000)};
        {(seq % 7 == 0 ? $"UPDATE events SET at = at + 1 WHERE id = {1 + random.Next(200)}; DELETE FROM log WHERE ctid = (SELECT ctid FROM log LIMIT 1 FOR UPDATE SKIP LOCKED); INSERT INTO log (line) VALUES ('line')" : "")};
        COMMIT
        """;

    /// <summary>Each acknowledged commit is there once, and nothing that was never tried.</summary>
    public async Task ShouldAllBeThereAsync(PgServer open)
    {
        await StopAsync();
        Errors.ShouldBeEmpty();
        await using var session = await open.OpenAsync("test", CancellationToken.None);
        var there = (await session.QueryAsync("SELECT client, seq FROM public.ledger", r => (r.GetInt32(0), r.GetInt32(1)), CancellationToken.None)).ToHashSet();
        foreach (var client in _acknowledged)
            client.Where(a => !there.Contains(a)).ShouldBeEmpty();
        // Each transaction adds to a counter what it adds to the ledger: half a transaction would show.
        (await session.ScalarAsync<decimal>("SELECT coalesce(sum(n), 0) FROM public.counters", CancellationToken.None)).ShouldBe(there.Count);
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running);
    }

    async Task WriteAsync(int client)
    {
        NpgsqlConnection? session = null;
        var (server, seq) = (_at, 0);
        var random = new Random(client);
        while (!_stop.IsCancellationRequested)
        {
            seq++;
            var begun = System.Diagnostics.Stopwatch.GetTimestamp();
            for (var attempt = 0; ; attempt++)
            {
                try
                {
                    if (session is null || server != _at)
                    {
                        if (session is not null)
                            await session.DisposeAsync();
                        server = _at;
                        session = await server.OpenAsync("writer", CancellationToken.None);
                        await session.ExecuteAsync("SET search_path = public", CancellationToken.None);
                        // After a lost answer: was it committed?
                        if (attempt > 0 && await session.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM ledger WHERE client = $1 AND seq = $2)", CancellationToken.None, client, seq))
                            break;
                    }

                    await session.ExecuteAsync(_transaction(server == _pair.Target, client, seq, random), CancellationToken.None);
                    break;
                }
                catch (PostgresException e) when (e.SqlState == Fence.SqlState)
                {
                    await session!.ExecuteAsync("ROLLBACK", CancellationToken.None);
                    _at = e.Detail!.Contains($"/{_pair.Target.Address.Database}\"", StringComparison.Ordinal) ? _pair.Target : _pair.Source;
                    await Task.Delay(5);
                }
                catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.DeadlockDetected)
                {
                    await session!.ExecuteAsync("ROLLBACK", CancellationToken.None);
                }
                catch (Exception e) when (e is NpgsqlException and not PostgresException or IOException or PgSplitException || e is PostgresException { SqlState: ['5', '7', ..] })
                {
                    if (session is not null)
                        await session.DisposeAsync();
                    session = null;
                    if (_stop.IsCancellationRequested)
                        return;
                    await Task.Delay(20);
                }
                catch (Exception e)
                {
                    lock (Errors)
                        Errors.Add(e.Message);
                    return;
                }
            }

            lock (_acknowledged[client])
                _acknowledged[client].Add((client, seq));
            var took = System.Diagnostics.Stopwatch.GetElapsedTime(begun);
            if (took > LongestWait)
                LongestWait = took;
            // Some hundreds of transactions a second by all: with more, what is tested gets no processor.
            await Task.Delay(random.Next(4, 12));
        }

        if (session is not null)
            await session.DisposeAsync();
    }
}
