using System.Diagnostics;
using Dapper;
using Hdms.Cli.Migrate;
using Npgsql;
using PgSplit;
using PgSplit.Control;
using PgSplit.Pg;
using PgSplit.Switch;

namespace Hdms.Cli.Import.Live;

/// <summary>
/// The old system's tables once more, in schema hdms_import, kept up by the engine as in any move: there they may be read, counted and
/// watched as nobody would a server that people work on. What the switch of a move does, too, is that the old tables take no writes.
/// </summary>
internal sealed class Replica
{
    /// <summary>Names the slots, the publication and the fence on the old side.</summary>
    const string Name = "import";

    // Writers are not to come back, and what they wait for is seconds in any case.
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    readonly IProgress<string> _progress;
    readonly PgAddress _old, _here;
    readonly ServiceMove _move;

    public Replica(ImportPlace place, ImportSource source, IEnumerable<string> tables, IProgress<string> progress)
    {
        _progress = progress;
        // By the name under which services know the server.
        var here = new NpgsqlConnectionStringBuilder(place.Admin) { Host = place.Home.Host, Port = place.Home.Port };
        (_old, _here) = (source.AddressIn(here), PgAddress.Of(here));
        _move = new ServiceMove(Name, _old, _here, [.. tables.Select(t => new QualifiedName("public", t))], schema: "hdms_import", pauseBudget: Patience);
    }

    public Task<MoveStatus?> StatusAsync(CancellationToken ct) => TryAsync(() => _move.StatusAsync(ct));

    /// <exception cref="OneLineError">The old server, or this one, can't do it; nothing was changed.</exception>
    public async Task CheckAsync(CancellationToken ct)
    {
        var plan = await TryAsync(() => _move.PlanAsync(ct));
        var blockers = plan.Findings.Where(f => f.Severity == "blocker" && !IsOfThoseThatStay(f.Code)).ToList();
        if (blockers.Count > 0)
            throw new OneLineError(
                $"The old help desk can't be followed while it is used: {string.Join("; ", blockers.Select(b => $"{b.On}: {b.Why} → {b.Remedy}"))}. Nothing was changed. Or import it while nobody uses it: without --live.", ExitCode.WrongUsage);
    }

    /// <summary>Copies what is not copied yet, and catches up; after a stop it goes on where it was.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        await DoAsync("start", ct);
        if (await StatusAsync(ct) is { State: nameof(MoveState.Broken) or nameof(MoveState.Paused) })
            await DoAsync("resume", ct);
    }

    /// <summary>Waits until the replica has what the old system has now, but no longer than a minute: whoever is further behind is so all the more later.</summary>
    public async Task ArriveAsync(CancellationToken ct)
    {
        await using var old = await OpenOldAsync(ct);
        var now = await old.ExecuteScalarAsync<string>(new CommandDefinition("SELECT pg_current_wal_lsn()::text", cancellationToken: ct));
        var begun = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begun) < TimeSpan.FromMinutes(1) && !await old.ExecuteScalarAsync<bool>(new CommandDefinition(
            "SELECT confirmed_flush_lsn >= @now::pg_lsn FROM pg_replication_slots WHERE slot_name = @slot", new { now, slot = $"pgsplit_{Name}_f" }, cancellationToken: ct)))
        {
            await Task.Delay(200, ct);
        }
    }

    /// <summary>A connection that may change the replica's tables, which all others are kept from while it is followed.</summary>
    public Task<NpgsqlConnection> OpenAsync(CancellationToken ct) => DatabaseServer.OpenAsync(SourceFile.ConnectionString(_here, Name), ct);

    public Task<NpgsqlConnection> OpenOldAsync(CancellationToken ct) => DatabaseServer.OpenAsync(SourceFile.ConnectionString(_old, Name), ct);

    /// <summary>Compares every row, unless that was done already and nobody has doubted it since.</summary>
    /// <returns>How many rows; null where it was done before.</returns>
    public async Task<long?> VerifyAsync(CancellationToken ct)
    {
        if ((await StatusAsync(ct))?.Verification.State == "verified")
            return null;
        var compared = await TryAsync(() => _move.VerifyAsync(Told(), Say, ct));
        return compared.Differences.Count == 0
            ? compared.Rows
            : throw new OneLineError($"The replica differs from the old help desk in {compared.Differences.Count} rows, the first of {compared.Differences[0].Table}. Give it up (hdms import cancel) and begin again.", ExitCode.Different);
    }

    /// <summary>The old tables take no writes from then on, and everything that they took is here; or the other way round.</summary>
    public Task<SwitchReport> SwitchAsync(bool back, bool dryRun, CancellationToken ct) => TryAsync(() => _move.SwitchAsync(back, dryRun, Told(), Say, ct));

    /// <summary>Ends it; the old tables stay behind their fence.</summary>
    public Task CompleteAsync(CancellationToken ct) => DoAsync("complete", ct);

    /// <summary>Opens the old tables if they are closed, and takes everything back.</summary>
    public async Task CancelAsync(CancellationToken ct)
    {
        if (await StatusAsync(ct) is not { } status)
            return;
        if (status.State == nameof(MoveState.Broken))
            await DoAsync("resume", ct);
        if (status.WritesAt != "source" || status.State is nameof(MoveState.Switched))
            await SwitchAsync(back: true, dryRun: false, ct);
        await DoAsync("cancel", ct);
    }

    /// <summary>Follows the old system until disposed of.</summary>
    public Followed Follow(CancellationToken ct) => new(stop => _move.HostAsync(Say, stop), ct);

    async Task DoAsync(string verb, CancellationToken ct) => await TryAsync(async () =>
    {
        await _move.DoAsync(verb, Told(), Say, ct);
        return true;
    });

    // A replica takes nothing away from those that are not followed.
    static bool IsOfThoseThatStay(string code) => code.EndsWith("-crosses", StringComparison.Ordinal) || code.StartsWith("foreign-key-", StringComparison.Ordinal) || code is "cascade-in" or "trigger-always" or "sequence-shared";

    static async Task<T> TryAsync<T>(Func<Task<T>> what)
    {
        try
        {
            return await what();
        }
        catch (PgSplitException e)
        {
            // Its remedies are for those who steer moves by hand.
            var remedy = e.Remedy is { } words && !words.Contains("pgsplit", StringComparison.Ordinal) ? $" → {words}" : "";
            throw new OneLineError($"{MigrateWords.Of(e.Message)}{remedy}", e.ExitCode == PgSplit.ExitCode.BadInput ? ExitCode.WrongUsage : ExitCode.Failed, e);
        }
    }

    void Say(string what) => _progress.Report(MigrateWords.Of(what));

    Progress<MoveProgress> Told() => new(p => _progress.Report($"{p.Phase}{(p.Subject is null ? "" : $" {p.Subject}")}{(p.Rows > 0 ? $": {p.Rows} rows" : "")}"));
}

/// <summary>The streams of the replica, while something else goes on.</summary>
internal sealed class Followed : IAsyncDisposable
{
    readonly CancellationTokenSource _stop;
    readonly Task _following;

    public Followed(Func<CancellationToken, Task> follow, CancellationToken ct)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        _following = Task.Run(() => follow(_stop.Token), CancellationToken.None);
    }

    /// <summary>Ended by itself: the move is over.</summary>
    public bool IsOver => _following.IsCompletedSuccessfully;

    /// <summary>Throws what it has ended with.</summary>
    public Task EnsureAsync() => _following.IsFaulted ? _following : Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }
}
