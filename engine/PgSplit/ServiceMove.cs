using PgSplit.Control;
using PgSplit.Mapping;
using PgSplit.Pg;
using PgSplit.Planning;
using PgSplit.Shape;
using PgSplit.Switch;

namespace PgSplit;

/// <summary>
/// The move of one service, for programs that know their tables and need no map file: the verbs of the command, done here or by the
/// process that has the move. Whatever can't be done is a <see cref="PgSplitException"/> that says what to do.
/// </summary>
public sealed class ServiceMove
{
    readonly Map _map;

    /// <param name="id">Name of the service: <c>[a-z][a-z0-9_]{0,39}</c>; also that of its route.</param>
    /// <param name="tables">All that move; other tables of the source stay.</param>
    /// <param name="lockFirst">Tables that the switch locks before all others.</param>
    /// <param name="schema">The target's schema that all of them come into; null where each keeps its own.</param>
    /// <param name="pauseBudget">Longest time that writers may wait at a switch before it is rolled back; null: a second.</param>
    public ServiceMove(
        string id, PgAddress source, PgAddress target, IReadOnlyList<QualifiedName> tables, IReadOnlyList<QualifiedName>? lockFirst = null, string? schema = null, TimeSpan? pauseBudget = null)
    {
        Definition = new MoveDefinition
        {
            Id = id,
            Source = source,
            Target = target,
            Tables = tables,
            LockFirst = lockFirst ?? [],
            Options = pauseBudget is { } budget ? new MoveOptions { PauseBudget = budget } : new MoveOptions(),
            Shapes = schema is null ? new Dictionary<QualifiedName, TableShape>() : tables.ToDictionary(t => t, t => new TableShape { To = new QualifiedName(schema, t.Name) }),
        };
        _map = new Map
        {
            Path = id,
            Source = source,
            SourceLine = 0,
            Services = [new MapService(id, 0, Definition, tables.ToDictionary(t => t, _ => 0))],
            Ignore = [new TablePattern("*", 0)],
            Warnings = [],
        };
    }

    internal MoveDefinition Definition { get; }

    public string Id => Definition.Id;

    /// <summary>Both sides, as <c>host:port/database</c>.</summary>
    public (string Source, string Target) Sides => (Definition.Source.Route, Definition.Target.Route);

    /// <summary>Looks what stands in the way. Changes nothing.</summary>
    public async Task<MovePlan> PlanAsync(CancellationToken ct)
    {
        var report = await Plan.RunAsync(_map, Id, ct);
        return new MovePlan(
            [.. report.Findings.Select(f => new MoveFinding(f.Severity switch { Severity.Blocker => "blocker", Severity.Warning => "warning", _ => "note" }, f.Code, f.Object, f.Why, f.Remedy))],
            [.. report.Services.SelectMany(s => s.Tables).Select(t => new PlannedTable(t.Name.ToString(), t.Rows, t.Bytes, t.IndexBytes))],
            report.Services.Sum(s => s.Estimate.Duration.TotalSeconds));
    }

    /// <summary>Where the move stands; null where none has begun. Changes nothing.</summary>
    public Task<MoveStatus?> StatusAsync(CancellationToken ct) => StatusReader.ReadAsync(Definition, ct);

    /// <summary>prepare, start, complete, cancel, resume: verbs that have no answer but where the move is then.</summary>
    /// <param name="follow">Stay and host the streams afterwards, until cancelled, if it was done here.</param>
    /// <param name="oldTables">Of complete: keep, rename or drop.</param>
    /// <param name="force">Of complete: though the stream back has not delivered everything.</param>
    public async Task DoAsync(string verb, IProgress<MoveProgress>? progress, Action<string>? say, CancellationToken ct, bool follow = false, string oldTables = "keep", bool force = false) =>
        await Steer.RunAsync(Definition, verb, new VerbArguments { OldTables = oldTables, Force = force }, progress, say, ct, follow);

    /// <summary>Compares every row, while both sides are in use.</summary>
    public async Task<MoveComparison> VerifyAsync(IProgress<MoveProgress>? progress, Action<string>? say, CancellationToken ct)
    {
        var answer = (await Steer.RunAsync(Definition, "verify", new VerbArguments(), progress, say, ct)).Answer<VerifyAnswer>();
        await using var target = await new PgServer(Definition.Target).OpenAsync("differences", ct);
        var differences = await TouchedKeys.DifferencesAsync(target, Id, ct);
        return new MoveComparison(answer.Rows, answer.Tables.Count, [.. differences.Select(d => new MoveDifference(d.Table.ToString(), d.Key, d.Kind.ToString().ToLowerInvariant(), d.Columns))]);
    }

    /// <summary>Makes rows that differ what they are on the side that has the writes.</summary>
    public async Task RepairAsync(IProgress<MoveProgress>? progress, Action<string>? say, CancellationToken ct) =>
        await Steer.RunAsync(Definition, "repair", new VerbArguments(), progress, say, ct);

    /// <summary>Takes the writes to the target, or back to the source.</summary>
    public async Task<SwitchReport> SwitchAsync(bool back, bool dryRun, IProgress<MoveProgress>? progress, Action<string>? say, CancellationToken ct) =>
        (await Steer.RunAsync(Definition, back ? "reverse" : "switch", new VerbArguments { DryRun = dryRun }, progress, say, ct)).Answer<SwitchReport>();

    /// <summary>Hosts the streams until the move is over or it is cancelled; waits while another process has them.</summary>
    public Task HostAsync(Action<string>? say, CancellationToken ct) => MoveHost.RunAsync(Definition, null, say, ct);
}

/// <summary>The contract with applications (PROTOCOL 1.0), for programs that put a service somewhere by other means than a move: a restore.</summary>
public static class Routes
{
    /// <summary>Tells all who look in this database where a service is at home. Does nothing where a higher epoch is known.</summary>
    public static async Task SetAsync(PgAddress at, string service, long epoch, PgAddress home, CancellationToken ct)
    {
        await using var session = await new PgServer(at).OpenAsync("route", ct);
        await Journal.InstallAsync(session, ct);
        await Route.GrantAsync(session, ct);
        await Route.SetAsync(session, service, epoch, home, ct);
    }
}

/// <summary>What a plan says.</summary>
/// <param name="Seconds">That it may take, reckoned low.</param>
public sealed record MovePlan(IReadOnlyList<MoveFinding> Findings, IReadOnlyList<PlannedTable> Tables, double Seconds);

/// <param name="Severity">blocker, warning or note.</param>
public sealed record MoveFinding(string Severity, string Code, string On, string Why, string? Remedy);

/// <param name="Rows">As estimated; null where nobody knows.</param>
public sealed record PlannedTable(string Name, long? Rows, long Bytes, long IndexBytes);

/// <summary>What a comparison of all rows came to.</summary>
public sealed record MoveComparison(long Rows, int Tables, IReadOnlyList<MoveDifference> Differences);

/// <param name="Kind">missing, extra or changed, on the receiving side.</param>
public sealed record MoveDifference(string Table, IReadOnlyList<string?> Key, string Kind, IReadOnlyList<string> Columns);
