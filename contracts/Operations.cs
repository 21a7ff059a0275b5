namespace Hdms.Contracts;

/// <summary>How the services' data is spread.</summary>
public enum DatabasePhase
{
    /// <summary>All services share one database.</summary>
    Shared,

    /// <summary>Some have a database of their own already.</summary>
    Mixed,

    /// <summary>Each has its own.</summary>
    Separate,
}

/// <summary>Where the services' data is, and what backups there are: <c>GET /api/v1/operations/database</c>.</summary>
/// <param name="IsPrivate">The server is this installation's own, and runs with it.</param>
/// <param name="CanBackUp">There is an admin's way into every database, without which none can be taken.</param>
/// <param name="LastRun">The backup that is being taken, or the last one that was asked for here since the program began.</param>
public sealed record DatabaseOverview(
    DatabasePhase Phase,
    bool IsPrivate,
    IReadOnlyList<ServiceHomeView> Services,
    bool CanBackUp,
    IReadOnlyList<BackupView> Backups,
    BackupRunView? LastRun);

/// <summary>A service and the database that it is at home in.</summary>
/// <param name="Address"><c>host:port/database</c>; null where it can't be told.</param>
/// <param name="Epoch">Of its route; rises with each change of home. 0: it is where the settings say.</param>
/// <param name="Bytes">Size of the whole database; null where it can't be told.</param>
/// <param name="Server">Version of PostgreSQL.</param>
/// <param name="Problem">Why something can't be told.</param>
public sealed record ServiceHomeView(string Service, string? Address, long Epoch, long? Bytes, string? Server, string? Problem);

/// <summary>A complete backup.</summary>
/// <param name="Bytes">Of its dumps together.</param>
/// <param name="Problem">Why its manifest can't be read; the other members are empty then.</param>
public sealed record BackupView(string Name, DateTimeOffset? TakenAt, string? Program, long Bytes, long Rows, IReadOnlyList<string> Databases, string? Problem);

public enum BackupRunState
{
    Running,
    Done,
    Failed,
}

/// <param name="Doing">What it is at, while it runs.</param>
/// <param name="Name">Of the backup that came of it.</param>
/// <param name="Problem">Why there came none of it.</param>
public sealed record BackupRunView(
    BackupRunState State, DateTimeOffset StartedAt, DateTimeOffset? FinishedAt, Guid? StartedBy, string? Doing, string? Name, string? Problem);

/// <summary>Where a service's move to a database of its own stands: <c>GET /api/v1/operations/moves</c>.</summary>
/// <param name="Home">The database that the service is at home in.</param>
/// <param name="State">As <c>hdms migrate status</c> has it: <c>none</c>, <c>copying</c>, <c>in_sync</c>, <c>switched</c>, …</param>
/// <param name="Verification"><c>unverified</c>, <c>verified</c>, <c>stale</c> or <c>failed</c>; null where nothing is to be compared.</param>
/// <param name="LagBytes">WAL that the other side has not got yet.</param>
/// <param name="WayBack"><c>ready</c>, or why not.</param>
/// <param name="May">Verbs that can be asked for now, beside <c>plan</c>, which changes nothing.</param>
/// <param name="Run">The verb that is being done, or the last one that was asked for here since the program began.</param>
public sealed record ServiceMoveView(
    string Service, string Home, string State, string? Reason, string? Verification, long? LagBytes, string? WayBack, IReadOnlyList<string> May, MoveRunView? Run)
{
    /// <summary>How far its tables are copied; null where no move is open.</summary>
    public MoveCopyView? Copy { get; init; }

    /// <summary>What the last comparison came to; null where nothing was compared.</summary>
    public MoveComparedView? Compared { get; init; }

    /// <summary>What stands in the way, as it was looked for here last; null where it was not.</summary>
    public MovePlanView? Plan { get; init; }

    /// <summary>How long writers waited at the last change of sides since the program began.</summary>
    public TimeSpan? LastPause { get; init; }

    /// <summary>How it went while somebody looked, the oldest first: the last few minutes.</summary>
    public IReadOnlyList<MoveSample> Samples { get; init; } = [];
}

/// <param name="Rows">Of all tables, as estimated.</param>
/// <param name="Bytes">Of all tables.</param>
public sealed record MoveCopyView(int Tables, int CopiedTables, long Rows, long CopiedRows, long Bytes, long CopiedBytes);

/// <param name="Touched">Keys written since, which the switch compares again.</param>
/// <param name="Found">The first of the rows that differ, where they were compared since the program began.</param>
public sealed record MoveComparedView(DateTimeOffset? At, long Rows, long Differences, long Touched, IReadOnlyList<MoveDifferenceView> Found);

/// <param name="Kind"><c>missing</c>, <c>extra</c> or <c>changed</c> on the side that does not have the writes.</param>
public sealed record MoveDifferenceView(string Table, IReadOnlyList<string?> Key, string Kind, IReadOnlyList<string> Columns);

/// <param name="Took">How long the move is going to take, as estimated.</param>
public sealed record MovePlanView(DateTimeOffset At, int Tables, long Bytes, TimeSpan Took, IReadOnlyList<MoveFindingView> Findings);

/// <param name="Severity"><c>blocker</c>, <c>warning</c> or <c>note</c>.</param>
/// <param name="On">The table, role or setting that it is about.</param>
public sealed record MoveFindingView(string Severity, string On, string Why, string? Remedy);

public sealed record MoveSample(DateTimeOffset At, long CopiedRows, long LagBytes);

/// <summary>A verb of a move that was asked for: <c>POST /api/v1/operations/moves/{service}/{verb}</c>.</summary>
/// <param name="Doing">What it is at, while it runs.</param>
/// <param name="Answer">What came of it, in a sentence.</param>
/// <param name="Problem">Why nothing came of it.</param>
public sealed record MoveRunView(
    string Service, string Verb, BackupRunState State, DateTimeOffset StartedAt, DateTimeOffset? FinishedAt, Guid? StartedBy, string? Doing, string? Answer, string? Problem);
