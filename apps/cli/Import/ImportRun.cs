using System.Diagnostics;
using System.Globalization;
using Hdms.Cli.Hosting;
using Hdms.Contracts;
using Hdms.Tickets;
using Hdms.Tickets.Timers;
using Npgsql;

namespace Hdms.Cli.Import;

/// <summary>
/// The import from its first step to its last. Each step is done whole, with the note that it is, or not at all; what is done already
/// is passed over, so that the same command goes on after whatever has interrupted it (docs/decisions/0039-import-in-one-database.md).
/// </summary>
internal sealed class ImportRun(ImportPlace place, ImportSource source, ImportPolicies policies, string? files, IProgress<string> progress, TextWriter output)
{
    public const string LastStep = "timers";

    /// <summary>Named points at which tests interfere: each step's name, before what it has done counts.</summary>
    internal Func<string, Task>? Reached { get; init; }

    /// <summary>The old rows are a replica that others go on writing to, and what they write is noted (live_touched.sql).</summary>
    internal bool IsLive { get; init; }

    public async Task<ImportReport> RunAsync(CancellationToken ct)
    {
        await BeginAsync(ct);
        await InTransactionAsync("export", place.OpenAsync, ExportAsync, ct);
        await source.CloseAsync(ct);
        await BringAsync(ct);
        return await FinishAsync(ct);
    }

    internal async Task BeginAsync(CancellationToken ct)
    {
        await using var first = await place.OpenAsync(ct);
        await ImportState.BeginAsync(first, source.Name, policies, ct);
    }

    /// <summary>From the old rows beside the services' tables to the services' own, with their events.</summary>
    internal async Task BringAsync(CancellationToken ct)
    {
        if (IsLive)
        {
            // A replica is transformed as of one moment, which has to be after the last file.
            await BytesAsync(ct);
            await InTransactionAsync("transform", place.OpenAsync, TransformReplicaAsync, ct);
            await FillAsync(Services.Users, ct);
            await TogetherAsync(stop => FillAsync(Services.Tickets, stop), stop => FillAsync(Services.Communication, stop), ct);
        }
        else
        {
            var bytes = Task.CompletedTask;
            await TogetherAsync(stop => bytes = BytesAsync(stop), stop => TransformAndFillAsync(() => bytes, stop), ct);
        }

        await FillAsync(Services.Files, ct);
    }

    /// <summary>The two services that have nearly all of the rows at once, neither waiting for the other for longer than it has to.</summary>
    async Task TransformAndFillAsync(Func<Task> bytes, CancellationToken ct)
    {
        await InTransactionAsync("transform tickets", place.OpenAsync, TransformFirstAsync, ct);
        await TogetherAsync(
            async stop =>
            {
                await FillAsync(Services.Users, stop);
                await FillAsync(Services.Tickets, stop);
            },
            async stop =>
            {
                await InTransactionAsync("transform the rest", place.OpenAsync, (connection, then) => TransformSecondAsync(connection, bytes(), then), stop);
                await FillAsync(Services.Communication, stop);
            },
            ct);
    }

    async Task FillAsync(Service service, CancellationToken ct)
    {
        await LoadAsync(service, ct);
        await EventsAsync(service, ct);
    }

    /// <summary>Both; or, as soon as one fails, neither, and its error is told.</summary>
    static async Task TogetherAsync(Func<CancellationToken, Task> one, Func<CancellationToken, Task> other, CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        Task[] both = [one(stop.Token), other(stop.Token)];
        try
        {
            await await Task.WhenAny(both);
            await Task.WhenAll(both);
        }
        catch
        {
            await stop.CancelAsync();
            await Task.WhenAll(both).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    Task BytesAsync(CancellationToken ct) => AsideAsync("bytes", async () => Text($"{await BytesStep.RunAsync(place, files, progress, ct):N0} files copied"), ct);

    Task LoadAsync(Service service, CancellationToken ct) => InTransactionAsync(
        $"import {service.Name}", stop => place.OpenAsOwnerAsync(service, stop), async (owner, stop) => Text($"{await LoadStep.RunAsync(owner, service, progress, stop):N0} rows"), ct);

    Task EventsAsync(Service service, CancellationToken ct)
    {
        var definition = AllServices.Definitions.Single(d => d.Service == service);
        return AsideAsync($"events {service.Name}", async () => Text($"{await EventsStep.RunAsync(place.Server, definition, progress, ct):N0} events appended"), ct);
    }

    /// <exception cref="ImportDiffersException">Of a live import, which may still be given up: both sides are not the same.</exception>
    internal async Task<ImportReport> FinishAsync(CancellationToken ct)
    {
        await InTransactionAsync("validate", place.OpenAsync, ValidateAsync, ct);
        await AsideAsync(LastStep, async () => Text($"{await TimersAsync(ct):N0} open tickets looked at"), ct);
        await using var connection = await place.OpenAsync(ct);
        return await ImportState.ReportAsync(connection, ct);
    }

    async Task<string> ExportAsync(NpgsqlConnection into, CancellationToken ct)
    {
        var (from, unreadable) = await source.OpenAsync(policies, progress, ct);
        long rows;
        await using (from)
            rows = await ExportStep.RunAsync(from, into, policies, unreadable, progress, ct);
        return Text($"{rows:N0} rows of {policies.Tables.Count} tables read");
    }

    async Task<string> TransformReplicaAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        // What is noted as touched and what is read are of one moment.
        await ImportPlace.RunAsync(connection, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", ct);
        await TransformFirstAsync(connection, ct);
        var said = await TransformSecondAsync(connection, Task.CompletedTask, ct);
        await ImportPlace.RunAsync(connection, $"{ImportPolicies.Resource("import/live_indexes.sql")}; DELETE FROM hdms_import.touched", ct);
        return said;
    }

    async Task<string> TransformFirstAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await TransformStep.FirstAsync(connection, policies, progress, ct);
        return "people and tickets, on which all else stands";
    }

    async Task<string> TransformSecondAsync(NpgsqlConnection connection, Task bytes, CancellationToken ct)
    {
        var (taken, rejected) = await TransformStep.SecondAsync(connection, policies, bytes, progress, ct);
        return Text($"{taken:N0} rows are taken in all, {rejected:N0} are not");
    }

    // Kept: once people are at work again, what is in the tables is theirs.
    async Task<string> ValidateAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        progress.Report("Validating");
        await using var beside = await place.OpenAsync(ct);
        var report = await ImportReport.MakeAsync(connection, beside, policies, ct);
        if (IsLive && !report.IsGood)
            throw new ImportDiffersException(report);
        await ImportState.KeepAsync(connection, report, ct);
        return Text($"{report.Sums.Count} sums and {report.References.Sum(r => r.Checked):N0} references compared");
    }

    async Task<int> TimersAsync(CancellationToken ct)
    {
        var looked = 0;
        await QuietService.UseAsync(place.Server.Settings, TicketsService.Definition, async services => looked = await PlanTimers.RunAsync(services, ct), ct);
        return looked;
    }

    /// <summary>A step of which all is undone when it is interrupted.</summary>
    internal async Task InTransactionAsync(string name, Func<CancellationToken, Task<NpgsqlConnection>> open, Func<NpgsqlConnection, CancellationToken, Task<string>> work, CancellationToken ct)
    {
        if (await WasDoneAsync(name, ct))
            return;
        var started = Stopwatch.GetTimestamp();
        await using var connection = await open(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var said = await work(connection, ct);
        await ReachAsync(name);
        await ImportState.RecordAsync(connection, name, started, said, ct);
        await transaction.CommitAsync(ct);
        await SayAsync(name, said, started);
    }

    /// <summary>A step that may be done again, and then finds what it has done.</summary>
    async Task AsideAsync(string name, Func<Task<string>> work, CancellationToken ct)
    {
        if (await WasDoneAsync(name, ct))
            return;
        var started = Stopwatch.GetTimestamp();
        var said = await work();
        await ReachAsync(name);
        await using var connection = await place.OpenAsync(ct);
        await ImportState.RecordAsync(connection, name, started, said, ct);
        await SayAsync(name, said, started);
    }

    async Task<bool> WasDoneAsync(string name, CancellationToken ct)
    {
        await using var connection = await place.OpenAsync(ct);
        if (await ImportState.DoneAsync(connection, name, ct) is not { } said)
            return false;
        await output.WriteLineAsync($"{name,-22} {said} (done before)");
        return true;
    }

    Task ReachAsync(string name) => Reached?.Invoke(name) ?? Task.CompletedTask;

    Task SayAsync(string name, string said, long started) => output.WriteLineAsync(Text($"{name,-22} {said} ({Stopwatch.GetElapsedTime(started).TotalSeconds:N1} s)"));

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Both sides are not the same, and nothing stands on it yet.</summary>
internal sealed class ImportDiffersException(ImportReport report) : Exception("Both sides are not the same.")
{
    public ImportReport Report { get; } = report;
}
