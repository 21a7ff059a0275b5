using System.Diagnostics;
using System.Globalization;
using Dapper;
using Hdms.Cli.Migrate;
using Hdms.Kit.Database;
using Npgsql;
using PgSplit.Control;

namespace Hdms.Cli.Import.Live;

/// <summary>
/// An import while the old help desk is used (docs/decisions/0043-live-import.md): a replica that is kept up, a first pass over all of it,
/// passes over what was written meanwhile, each shorter than the one before, and one more once the old help desk takes no writes.
/// </summary>
internal sealed class LiveImport
{
    /// <summary>A pass that takes no longer is as good as none.</summary>
    static readonly TimeSpan Small = TimeSpan.FromSeconds(2);

    /// <summary>Between passes while it is followed.</summary>
    static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    const int MostPasses = 20;

    readonly ImportPlace _place;
    readonly ImportPolicies _policies;
    readonly IProgress<string> _progress;
    readonly TextWriter _output;
    readonly ImportRun _run;
    readonly Replica _replica;
    readonly string? _files;

    /// <param name="tables">Of the old system; as it was begun with, where it was.</param>
    public LiveImport(ImportPlace place, ImportSource source, ImportPolicies policies, IEnumerable<string> tables, string? files, IProgress<string> progress, TextWriter output)
    {
        (_place, _policies, _progress, _output) = (place, policies, progress, output);
        _run = new ImportRun(place, source, policies, files, progress, output) { IsLive = true, Reached = step => Reached?.Invoke(step) ?? Task.CompletedTask };
        _replica = new Replica(place, source, tables, progress);
        _files = files;
    }

    /// <summary>Named points at which tests interfere.</summary>
    internal Func<string, Task>? Reached { get; init; }

    /// <summary>Before anything is made: that it can be done.</summary>
    public async Task CheckAsync(CancellationToken ct)
    {
        await using (var old = await _replica.OpenOldAsync(ct))
            await ExportStep.ColumnsAsync(old, _policies, ct);
        await _replica.CheckAsync(ct);
    }

    /// <summary>Everything but the cutover; comes back when little is left, or follows until it is cancelled or cut over.</summary>
    public async Task RunAsync(string? backup, bool follow, CancellationToken ct)
    {
        await _run.BeginAsync(ct);
        await using (var first = await _place.OpenAsync(ct))
            await LiveState.BeginAsync(first, _policies.Tables.Keys, _files, backup, ct);
        if (await _replica.StatusAsync(ct) is { } status && (status.WritesAt != "source" || status.State == nameof(MoveState.Completed)))
            throw new OneLineError("The old help desk is fenced already. Go on: hdms import cutover; or give it up: hdms import cancel", ExitCode.WrongUsage);
        await using var followed = await BringAsync(ct);
        await SayAsync($"{"",-22} The old help desk goes on. When it may be closed: hdms import cutover");
        if (follow)
            await FollowAsync(followed, ct);
        else
            await Console.Error.WriteLineAsync("note: nobody follows the old help desk now, and its server keeps its WAL until the cutover. To follow it: hdms import --live --follow …");
    }

    /// <summary>From nothing, or from where it was interrupted, to a first pass that little is missing from.</summary>
    async Task<Followed> BringAsync(CancellationToken ct)
    {
        await using var alone = await AloneAsync(ct);
        // Asked once: from the first events on there are sessions of our own.
        await ImportPlace.MustBeQuietAsync(alone, ct);
        await _replica.StartAsync(ct);
        var followed = _replica.Follow(ct);
        try
        {
            await _run.InTransactionAsync("replica", _replica.OpenAsync, WatchAsync, ct);
            await _run.BringAsync(ct);
            await CatchUpAsync(followed, ct);
            await VerifyAsync(ct);
            return followed;
        }
        catch
        {
            await followed.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Fences the old help desk, brings what is missing, compares, and ends. Where both sides are not the same the old help desk takes
    /// writes again. Stopped in the middle the same goes on.
    /// </summary>
    /// <returns>Null where it was dry.</returns>
    public async Task<ImportReport?> CutOverAsync(bool dryRun, CancellationToken ct)
    {
        await _run.BeginAsync(ct);
        await using var connection = await _place.OpenAsync(ct);
        if (await ImportState.DoneAsync(connection, "events files", ct) is null)
            throw new OneLineError("The first pass is not done. Go on with it: hdms import --live --from …", ExitCode.WrongUsage);
        await using var alone = await AloneAsync(ct);
        await ImportPlace.MustBeQuietAsync(connection, ct);
        var status = await _replica.StatusAsync(ct) ?? throw new OneLineError("The old help desk's server, or this one, knows nothing of this import. Give it up: hdms import cancel", ExitCode.Failed);
        if (status.State != nameof(MoveState.Completed))
        {
            await _replica.StartAsync(ct);
            await using var followed = _replica.Follow(ct);
            await FenceAsync(connection, followed, dryRun, ct);
            if (dryRun)
                return null;
            await LastPassAsync(connection, ct);
            await FinishAsync(connection, ct);
            await ReachAsync("finished");
            await _replica.CompleteAsync(ct);
        }

        return await ImportState.ReportAsync(connection, ct);
    }

    /// <summary>The old help desk goes on as if nothing had been.</summary>
    public async Task CancelAsync(CancellationToken ct)
    {
        await using var connection = await _place.OpenAsync(ct);
        await using var alone = await AloneAsync(ct);
        if (await _replica.StatusAsync(ct) is { State: nameof(MoveState.Completed) })
            throw new OneLineError("The import is done, and the old help desk closed for good. To have the old rows here taken down: hdms import done", ExitCode.WrongUsage);
        // What stands on the replica's tables first.
        await ImportPlace.RunAsync(connection, $"DROP SCHEMA IF EXISTS {Pass.Schema} CASCADE", ct);
        await using (var replica = await _replica.OpenAsync(ct))
            await ImportPlace.RunAsync(replica, "DROP FUNCTION IF EXISTS hdms_import.touch() CASCADE", ct);
        await _replica.CancelAsync(ct);
        var hasRows = await ImportState.DoneAsync(connection, "import users", ct) is not null;
        var backup = (await LiveState.ReadAsync(connection, ct)).Backup;
        await ImportPlace.RunAsync(connection, "DROP SCHEMA hdms_import CASCADE", ct);
        await SayAsync($"The import is given up. The old help desk goes on as before, and nothing of the import is left there.");
        if (hasRows)
            await SayAsync($"Here there are rows of it in the services' tables: {(backup is null ? "restore a backup from before (hdms backup list), or take another --data." : $"hdms rollback {Path.GetFileName(backup)}")}");
    }

    /// <summary>Ends it for good, where it was interrupted between its last step and that.</summary>
    public async Task EndAsync(CancellationToken ct)
    {
        if (await _replica.StatusAsync(ct) is { State: not nameof(MoveState.Completed) })
            await _replica.CompleteAsync(ct);
    }

    public Task TellAsync(CancellationToken ct) => LiveStatus.TellAsync(_place, _replica, _output, ct);

    /// <summary>From then on what is written to the replica is known.</summary>
    async Task<string> WatchAsync(NpgsqlConnection replica, CancellationToken ct)
    {
        await using (var old = await _replica.OpenOldAsync(ct))
            await ExportStep.NotReadAsync(replica, await ExportStep.ColumnsAsync(old, _policies, ct), _policies, [], ct);
        // Whoever brings the changes has some of these tables and waits for others: it is not to be the one that gives way.
        for (var attempt = 1; ; attempt++)
        {
            await ImportPlace.RunAsync(replica, "SAVEPOINT watch; SET LOCAL lock_timeout = '200ms'", ct);
            try
            {
                await ImportPlace.RunAsync(replica, $"LOCK TABLE {string.Join(", ", _policies.Tables.Keys.Select(t => $"hdms_import.{Sql.Name(t)}"))} IN SHARE ROW EXCLUSIVE MODE; SET LOCAL lock_timeout = 0", ct);
                break;
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected && attempt < 200)
            {
                await ImportPlace.RunAsync(replica, "ROLLBACK TO SAVEPOINT watch", ct);
                await Task.Delay(Random.Shared.Next(20, 100), ct);
            }
        }

        await ImportPlace.RunAsync(replica, ImportPolicies.Resource("import/live_touched.sql"), ct);
        var rows = await replica.ExecuteScalarAsync<long>(new CommandDefinition($"SELECT {string.Join(" + ", _policies.Tables.Keys.Select(t => $"(SELECT count(*) FROM hdms_import.{Sql.Name(t)})"))}", commandTimeout: 0, cancellationToken: ct));
        return string.Create(CultureInfo.InvariantCulture, $"{rows:N0} rows of {_policies.Tables.Count} tables copied, and followed");
    }

    /// <summary>Passes, until one is short or none is shorter than the one before.</summary>
    async Task CatchUpAsync(Followed followed, CancellationToken ct)
    {
        await _replica.ArriveAsync(ct);
        TimeSpan? before = null;
        for (var n = 0; n < MostPasses; n++)
        {
            await followed.EnsureAsync();
            if (await PassAsync(null, ct) is not { } took || took < Small || took > before * 0.75)
                return;
            before = took;
        }
    }

    /// <returns>How long it took; null where there was nothing to do.</returns>
    async Task<TimeSpan?> PassAsync(Func<Task>? there, CancellationToken ct)
    {
        await using var connection = await _place.OpenAsync(ct);
        var state = await LiveState.ReadAsync(connection, ct);
        await state.MustBeUnreadAsync(connection, ct);
        if (there is null && !await Pass.IsBegunAsync(connection, ct) && await Pass.WaitingAsync(connection, ct) == 0)
            return null;
        var started = Stopwatch.GetTimestamp();
        await BytesStep.RunAsync(_place, _files ?? state.Files, _progress, ct);
        var (tickets, rows) = await new Pass(_place, _policies, _progress) { Reached = ReachAsync }.RunAsync(there, ct);
        var took = Stopwatch.GetElapsedTime(started);
        await ImportPlace.RunAsync(connection, "UPDATE hdms_import.live SET last_seconds = @seconds", ct, new { seconds = Math.Round((decimal)took.TotalSeconds, 1) });
        await SayAsync($"{$"pass {state.Passes + 2}",-22} {tickets:N0} tickets looked at, {rows:N0} rows written ({took.TotalSeconds:N1} s)");
        return took;
    }

    async Task VerifyAsync(CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        if (await _replica.VerifyAsync(ct) is { } rows)
            await SayAsync($"{"compare",-22} {rows:N0} rows are the same on both sides ({Stopwatch.GetElapsedTime(started).TotalSeconds:N1} s)");
    }

    async Task FollowAsync(Followed followed, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            await Task.Delay(Every, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await followed.EnsureAsync();
            if (ct.IsCancellationRequested || followed.IsOver)
                return;
            await using var alone = await AloneAsync(ct);
            // It may have been cut over, or given up, while this one waited.
            await using var connection = await _place.OpenAsync(ct);
            if (!await LiveState.IsThereAsync(connection, ct) || (await LiveState.ReadAsync(connection, ct)).FencingAt is not null)
                return;
            await PassAsync(null, ct);
        }
    }

    async Task FenceAsync(NpgsqlConnection connection, Followed followed, bool dryRun, CancellationToken ct)
    {
        var status = (await _replica.StatusAsync(ct))!;
        if (status.State == nameof(MoveState.Switched))
            return;
        await CatchUpAsync(followed, ct);
        await VerifyAsync(ct);
        if (dryRun)
        {
            var (started, took) = (Stopwatch.GetTimestamp(), TimeSpan.Zero);
            await PassAsync(
                () =>
                {
                    took = Stopwatch.GetElapsedTime(started);
                    return Task.CompletedTask;
                },
                ct);
            var would = await _replica.SwitchAsync(back: false, dryRun: true, ct);
            await SayAsync($"Nothing stands in the way. The old help desk's writes would stop, and be here about {MigrateWords.Of(would.Predicted + took)} later. Nothing was changed there.");
            return;
        }

        await ImportPlace.RunAsync(connection, "UPDATE hdms_import.live SET fencing_at = clock_timestamp(), fenced_at = NULL, there_at = NULL", ct);
        await ReachAsync("fencing");
        var report = await _replica.SwitchAsync(back: false, dryRun: false, ct);
        await ImportPlace.RunAsync(connection, "UPDATE hdms_import.live SET fenced_at = clock_timestamp() - @pause", ct, new { pause = report.Pause ?? TimeSpan.Zero });
        await SayAsync($"{"fence",-22} the old help desk takes no writes any more");
        await ReachAsync("fenced");
    }

    async Task LastPassAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var state = await LiveState.ReadAsync(connection, ct);
        if (state.ThereAt is not null && !await Pass.IsBegunAsync(connection, ct))
            return;
        await PassAsync(() => ImportPlace.RunAsync(connection, "UPDATE hdms_import.live SET there_at = coalesce(there_at, clock_timestamp())", CancellationToken.None), ct);
        await ReachAsync("last");
        var pause = (await LiveState.ReadAsync(connection, ct)).Pause ?? TimeSpan.Zero;
        await SayAsync($"{"write pause",-22} {MigrateWords.Of(pause)}, from the fence to the last row here");
        await ImportPlace.RunAsync(
            connection, "INSERT INTO hdms_import.step (name, seconds, said) VALUES ('write pause', @seconds, 'from the fence to the last row here') ON CONFLICT (name) DO UPDATE SET seconds = excluded.seconds", ct,
            new { seconds = Math.Round((decimal)pause.TotalSeconds, 1) });
    }

    async Task FinishAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        try
        {
            await _run.FinishAsync(ct);
        }
        catch (ImportDiffersException e)
        {
            ReportText.Write(e.Report, _output);
            await _replica.SwitchAsync(back: true, dryRun: false, CancellationToken.None);
            await ImportPlace.RunAsync(connection, "UPDATE hdms_import.live SET fencing_at = NULL, fenced_at = NULL, there_at = NULL; DELETE FROM hdms_import.step WHERE name = 'write pause'", CancellationToken.None);
            throw new OneLineError("Both sides are not the same (see above): the old help desk takes writes again, and nothing of it is lost. Once it is mended: hdms import cutover; or give it up: hdms import cancel", ExitCode.Failed, e);
        }
    }

    /// <summary>One at a time makes passes, in whatever terminal.</summary>
    async Task<NpgsqlConnection> AloneAsync(CancellationToken ct)
    {
        // Of no pool: the lock is to go with the connection.
        var connection = await DatabaseServer.OpenAsync(new NpgsqlConnectionStringBuilder(_place.Admin) { Pooling = false }.ConnectionString, ct);
        try
        {
            await ImportPlace.RunAsync(connection, "SET lock_timeout = '60s'; SELECT pg_advisory_lock(hashtextextended('hdms import', 0))", ct);
            return connection;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            await connection.DisposeAsync();
            throw new OneLineError("Another terminal is at work on this import. Wait for it, or stop it first.", ExitCode.InUse, e);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    Task ReachAsync(string point) => Reached?.Invoke(point) ?? Task.CompletedTask;

    Task SayAsync(FormattableString text) => _output.WriteLineAsync(text.ToString(CultureInfo.InvariantCulture));
}
