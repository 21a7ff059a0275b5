using System.Diagnostics;
using Npgsql;
using NpgsqlTypes;
using PgSplit.Control;
using PgSplit.Follow;
using PgSplit.Pg;

namespace PgSplit.Switch;

/// <summary>
/// Hold-the-lock cutover (PROTOCOL 1.8): writers wait on a lock while the stream drains and everything is compared; then one side closes
/// and the other opens. Until the closing side's commit an abort is a ROLLBACK; the opening side's commit is the point of no return.
/// </summary>
/// <param name="compareTouched">Compares, on the two sessions, the rows written since the verification; returns how many were compared and what differs.</param>
sealed class Switchover(
    MoveDefinition definition, SwitchSides sides, ChangeStream stream, HookRunner hooks,
    Func<NpgsqlConnection, NpgsqlConnection, CancellationToken, Task<(int Compared, string? Difference)>> compareTouched)
{
    const int MostAttempts = 12;

    // Writers never wait longer for an attempt that fails.
    static readonly TimeSpan LockPatience = TimeSpan.FromMilliseconds(300);

    // In the order in which the application first touches them: another one would make deadlocks with it. Where the map does not tell, it is found out.
    readonly List<Catalog.Table> _order =
    [
        .. definition.LockFirst.Select(n => sides.Closing == Side.Source ? n : definition.TargetOf(n)).Select(n => sides.Tables.FirstOrDefault(t => t.Name == n)).OfType<Catalog.Table>(),
        .. sides.Tables.Where(t => !definition.LockFirst.Any(n => t.Name == (sides.Closing == Side.Source ? n : definition.TargetOf(n)))).OrderBy(t => t.Oid),
    ];

    TimeSpan Budget => definition.Options.PauseBudget;

    /// <exception cref="PgSplitException">It could not be done; the closing side is open as before.</exception>
    public async Task<SwitchReport> RunAsync(long epoch, TimeSpan predicted, CancellationToken ct)
    {
        await using var closing = await SessionAsync(sides.From, ct);
        await using var mark = await SessionAsync(sides.From, ct);
        await using var opening = await SessionAsync(sides.To, ct);
        await using var compare = await SessionAsync(sides.To, ct);
        // One move at a time of those that close a side in this database (PROTOCOL case 95): together they would wait for one another's writers.
        await mark.ExecuteAsync("SELECT pg_advisory_lock(hashtextextended('pgsplit switch', 0))", ct);

        for (var attempt = 1; ; attempt++)
        {
            try
            {
                // Within: a PgBouncer that was told to pause and did not in time would stay so.
                await hooks.RunAsync(HookMoment.BeforeFence, epoch, sides.Closing, sides.From.Address, ct);
                if (await TryAsync(closing, mark, opening, compare, epoch, ct) is { } done)
                {
                    var failures = await hooks.TryAsync(HookMoment.AfterOpen, epoch + 1, sides.Opening, sides.To.Address, CancellationToken.None);
                    return new SwitchReport(epoch + 1, sides.Opening.Letter(), predicted, done.Pause, attempt, done.Compared, failures);
                }
            }
            catch
            {
                await hooks.TryAsync(HookMoment.Aborted, epoch, sides.Closing, sides.From.Address, CancellationToken.None);
                throw;
            }

            await hooks.TryAsync(HookMoment.Aborted, epoch, sides.Closing, sides.From.Address, CancellationToken.None);
            if (attempt == MostAttempts)
            {
                throw new PgSplitException(
                    ExitCode.Refused, $"writers held the tables {attempt} times for longer than {LockPatience.TotalMilliseconds:0} ms; nothing was changed. Now: {await LockRetry.HoldersAsync(mark, [.. sides.Tables.Select(t => t.Name)], ct)}",
                    "end the long transaction, or choose a quieter moment, and switch again");
            }

            await Task.Delay(Random.Shared.Next(200, 600), ct);
        }
    }

    // Null where the lock was not to be had in time.
    async Task<(TimeSpan Pause, int Compared)?> TryAsync(
        NpgsqlConnection closing, NpgsqlConnection mark, NpgsqlConnection opening, NpgsqlConnection compare, long epoch, CancellationToken ct)
    {
        var begun = Stopwatch.GetTimestamp();
        using var budget = CancellationTokenSource.CreateLinkedTokenSource(ct);
        budget.CancelAfter(Budget);
        var committing = false;
        try
        {
            await Failpoint.HitAsync("switch.attempt");
            if (!await LockAsync(closing, ct))
                return null;
            await Failpoint.HitAsync("switch.locked");

            var barrier = await BarrierMessage.EmitAsync(mark, definition.Id, epoch, budget.Token);
            await Failpoint.HitAsync("switch.barrier");
            await stream.ReachedAsync(barrier, budget.Token);
            await Failpoint.HitAsync("switch.drained");

            var (compared, difference) = await compareTouched(closing, compare, budget.Token);
            if (difference is not null)
                throw new PgSplitException(ExitCode.Differences, $"both sides differ: {difference}; nothing was changed", "see `pgsplit verify` and `pgsplit repair`");
            await Sequences.CarryAsync(closing, compare, sides.Sequences, sides.Closing, final: true, budget.Token);

            var openingXid = await OpenAsync(opening, epoch, barrier, budget.Token);
            await Failpoint.HitAsync("switch.opening");
            var closingXid = await CloseAsync(closing, epoch, barrier, budget.Token);
            await Failpoint.HitAsync("switch.closing");
            budget.Token.ThrowIfCancellationRequested();

            // From here on nobody's cancelling counts: between the two commits both sides are closed.
            committing = true;
            try
            {
                await CommitAsync(closing, sides.From, closingXid);
            }
            catch
            {
                committing = false;
                throw;
            }

            await Failpoint.HitAsync("switch.closed");
            await CommitAsync(opening, sides.To, openingXid);
            var pause = Stopwatch.GetElapsedTime(begun);
            await Failpoint.HitAsync("switch.opened");
            return (pause, compared);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested && !committing)
        {
            throw new PgSplitException(
                ExitCode.Refused, $"the stream did not drain within the pause budget of {Budget.TotalMilliseconds:0} ms; writers go on, nothing was changed", "see `pgsplit status` for the lag, then switch again");
        }
        finally
        {
            if (!committing)
            {
                // Writers go on as soon as this is done; whoever cancelled needs it as much.
                await RollBackAsync(closing);
                await RollBackAsync(opening);
            }
        }
    }

    async Task<bool> LockAsync(NpgsqlConnection session, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(session);
        foreach (var statement in new[]
        {
            "BEGIN",
            "SET LOCAL synchronous_commit = on",
            $"SET LOCAL idle_in_transaction_session_timeout = {(int)Budget.TotalMilliseconds + 250}",
        })
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(statement));
        }

        var locks = _order.ConvertAll(t => (Table: t, Command: new NpgsqlBatchCommand($"LOCK TABLE ONLY {t.Name.Sql} IN SHARE ROW EXCLUSIVE MODE")));
        foreach (var (_, command) in locks)
        {
            // lock_timeout is for each lock: what is left of the time for all of them.
            batch.BatchCommands.Add(new NpgsqlBatchCommand(
                $"SELECT set_config('lock_timeout', greatest(1, {(int)LockPatience.TotalMilliseconds} - (1000 * extract(epoch FROM clock_timestamp() - now()))::int)::text, true)"));
            batch.BatchCommands.Add(command);
        }

        batch.BatchCommands.Add(new NpgsqlBatchCommand($"SET LOCAL statement_timeout = {(int)Budget.TotalMilliseconds}"));
        // Should the server not keep to it.
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(LockPatience + TimeSpan.FromSeconds(1));
        try
        {
            await batch.ExecuteNonQueryAsync(patience.Token);
            return true;
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.QueryCanceled or PostgresErrorCodes.DeadlockDetected)
        {
            // Whoever has it waits for one that we have already: the application touches it before the others.
            if (locks.FindIndex(l => l.Command == e.BatchCommand) is > 0 and var at)
            {
                _order.RemoveAt(at);
                _order.Insert(0, locks[at].Table);
            }

            return false;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return false;
        }
    }

    async Task<ulong> OpenAsync(NpgsqlConnection session, long epoch, NpgsqlLogSequenceNumber barrier, CancellationToken ct)
    {
        await session.ExecuteAsync("BEGIN; SET LOCAL synchronous_commit = on", ct);
        await SideChange.OpenAsync(session, definition.Id, sides.Opening, epoch, epoch + 1, barrier, sides.To.Address, ct);
        return await session.ScalarAsync<ulong>("SELECT pg_current_xact_id()", ct);
    }

    async Task<ulong> CloseAsync(NpgsqlConnection session, long epoch, NpgsqlLogSequenceNumber barrier, CancellationToken ct)
    {
        await SideChange.CloseAsync(session, definition.Id, sides.Opening, epoch, epoch + 1, barrier, sides.To.Address, [.. sides.Sequences.Select(s => s.At(sides.Closing))], ct);
        return await session.ScalarAsync<ulong>("SELECT pg_current_xact_id()", ct);
    }

    // A commit whose answer is lost has happened or has not; the server is asked which (PROTOCOL case 87).
    static async Task CommitAsync(NpgsqlConnection session, PgServer server, ulong xid)
    {
        try
        {
            await session.ExecuteAsync("COMMIT", CancellationToken.None);
        }
        catch (Exception e) when (e is NpgsqlException or IOException)
        {
            if (await OutcomeAsync(server, xid) != "committed")
                throw;
        }
    }

    static async Task<string?> OutcomeAsync(PgServer server, ulong xid)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await using var session = await server.OpenAsync("switch outcome", CancellationToken.None);
                var outcome = await session.ScalarAsync<string>("SELECT pg_xact_status($1::text::xid8)", CancellationToken.None, xid.ToString());
                if (outcome != "in progress")
                    return outcome;
            }
            catch (PgSplitException) when (attempt < 100)
            {
                // It is being started again.
            }

            await Task.Delay(100);
        }
    }

    static async Task RollBackAsync(NpgsqlConnection session)
    {
        try
        {
            if (session.FullState.HasFlag(System.Data.ConnectionState.Open))
                await session.ExecuteAsync("ROLLBACK", CancellationToken.None);
        }
        catch (NpgsqlException)
        {
            // The session is gone, and its locks with it.
        }
    }

    static async Task<NpgsqlConnection> SessionAsync(PgServer server, CancellationToken ct)
    {
        var session = await server.OpenAsync("switch", ct);
        // Catalog caches are filled before anybody waits.
        await session.ExecuteAsync("SELECT 1 FROM pgsplit.move, pgsplit.route LIMIT 0", ct);
        return session;
    }
}
