using Hdms.Cli.Backup;
using Hdms.Cli.Migrate;
using Hdms.Contracts;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PgSplit.Control;

namespace Hdms.Cli.Operations;

/// <summary>Steers moves for admins: one verb of a service at a time, in the background, and it is known how the last one went.</summary>
internal sealed partial class MoveDesk(DatabaseServer server, TimeProvider clock, IHostApplicationLifetime life, ILogger<MoveDesk> log)
{
    public static readonly IReadOnlyList<string> Verbs = ["plan", "start", "verify", "repair", "switch", "reverse", "complete", "cancel", "resume"];

    readonly Lock _lock = new();
    readonly Dictionary<string, MoveRunView> _last = new(StringComparer.Ordinal);
    readonly Dictionary<string, MoveMemory> _memories = Services.All.ToDictionary(s => s.Name, _ => new MoveMemory(clock), StringComparer.Ordinal);

    public MoveRunView? Last(Service service)
    {
        lock (_lock)
            return _last.GetValueOrDefault(service.Name);
    }

    public MoveMemory Of(Service service) => _memories[service.Name];

    /// <returns>The one that was begun, or the one that is being done already.</returns>
    public MoveRunView Begin(Service service, string verb, Guid by)
    {
        lock (_lock)
        {
            if (_last.GetValueOrDefault(service.Name) is { State: BackupRunState.Running } running)
                return running;
            var run = _last[service.Name] = new MoveRunView(service.Name, verb, BackupRunState.Running, clock.GetUtcNow(), null, by, null, null, null);
            LogBegun(service.Name, verb, by);
            // Nobody waits for it: whoever asked looks again.
            _ = Task.Run(() => RunAsync(service, verb), CancellationToken.None);
            return run;
        }
    }

    async Task RunAsync(Service service, string verb)
    {
        try
        {
            var answer = await DoAsync(service, verb, new Telling(this, service), life.ApplicationStopping);
            LogDone(service.Name, verb);
            Change(service, last => last with { State = BackupRunState.Done, FinishedAt = clock.GetUtcNow(), Doing = null, Answer = answer });
        }
        catch (Exception e)
        {
            // Whatever it was: somebody looks at the page, and nobody at this task.
            var why = e is OperationCanceledException ? "The program was stopped; the move goes on where it was." : MigrateWords.Of(e, service.Name);
            LogFailed(service.Name, verb, why);
            Change(service, last => last with { State = BackupRunState.Failed, FinishedAt = clock.GetUtcNow(), Doing = null, Problem = why });
        }
    }

    async Task<string> DoAsync(Service service, string verb, Telling telling, CancellationToken ct)
    {
        var found = await MoveOfService.FindAsync(server, service, ct);
        switch (verb)
        {
            case "plan":
                telling.Report($"Looking at {service.Name}");
                var plan = await PlanMove.ReadAsync(found.Needed, ct);
                Of(service).Planned(plan, said => MigrateWords.Of(said, service.Name));
                var blockers = plan.Findings.Count(f => f.Severity == "blocker");
                return blockers == 0 ? "Nothing stands in the way." : $"{blockers} in the way.";
            case "start":
                if (!found.IsOpen)
                {
                    _ = found.Needed;
                    await new TakeBackup(server, telling, clock).RunAsync(BackupFolder.DefaultRoot(server.Installation), ct);
                    await MoveSteps.BeginAsync(server, found, telling, ct);
                }

                await found.Needed.DoAsync("start", telling, telling.Report, ct);
                return "It is copied and kept up; nobody has noticed. Compare it, then switch.";
            case "verify":
                var compared = await found.Begun.VerifyAsync(telling, telling.Report, ct);
                Of(service).Compared(compared);
                return compared.Differences.Count == 0
                    ? $"{compared.Rows} rows of {compared.Tables} tables compared: both sides are equal."
                    : throw new OneLineError($"{compared.Differences.Count} rows differ, the first in {compared.Differences[0].Table} → hdms migrate repair {service.Name}, then verify");
            case "repair":
                await found.Begun.RepairAsync(telling, telling.Report, ct);
                return "The rows are what they are where the writes are. Compare again.";
            case "switch" or "reverse":
                var report = await found.Begun.SwitchAsync(back: verb == "reverse", dryRun: false, telling, telling.Report, ct);
                Of(service).Changed(report.Pause);
                return $"At home in {(report.Owner == "T" ? service.OwnDatabase : found.Journal!.Source)}{(report.Pause is { } pause ? $"; writers waited {MigrateWords.Of(pause)}" : " already")}.";
            case "complete":
                await found.Begun.DoAsync("complete", telling, telling.Report, ct);
                Of(service).Over();
                return $"At home in {service.OwnDatabase} for good; {await MoveSteps.EndAsync(server, found, ct)}.";
            default:
                await found.Begun.DoAsync(verb, telling, telling.Report, ct);
                if (verb == "cancel")
                    Of(service).Over();
                return verb == "cancel" ? "The move is given up; the service is where it was." : "It goes on.";
        }
    }

    void Change(Service service, Func<MoveRunView, MoveRunView> change)
    {
        lock (_lock)
            _last[service.Name] = change(_last[service.Name]);
    }

    sealed class Telling(MoveDesk desk, Service service) : IProgress<MoveProgress>, IProgress<string>
    {
        public void Report(MoveProgress value) => Report(value.TotalBytes > 0
            ? $"{value.Phase}: {MigrateWords.Size(value.Bytes)} of {MigrateWords.Size(value.TotalBytes)}{(value.Left is { } left ? $", {MigrateWords.Of(left)} left" : "")}"
            : $"{value.Phase}{(value.Subject is { } at ? $": {at}" : "")}");

        public void Report(string value) => desk.Change(service, last => last with { Doing = MigrateWords.Of(value, service.Name) });
    }

    [LoggerMessage(21, LogLevel.Information, "Move of {Service}: {Verb}, begun by {Person}")]
    partial void LogBegun(string service, string verb, Guid person);

    [LoggerMessage(22, LogLevel.Information, "Move of {Service}: {Verb} is done")]
    partial void LogDone(string service, string verb);

    [LoggerMessage(23, LogLevel.Warning, "Move of {Service}: {Verb} did not come about: {Reason}")]
    partial void LogFailed(string service, string verb, string reason);
}
