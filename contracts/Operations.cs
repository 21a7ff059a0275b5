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
/// <param name="Moves">Moves of services between databases, as the databases themselves tell; the latest first.</param>
/// <param name="CanBackUp">There is an admin's way into every database, without which none can be taken.</param>
/// <param name="LastRun">The backup that is being taken, or the last one that was asked for here since the program began.</param>
public sealed record DatabaseOverview(
    DatabasePhase Phase,
    bool IsPrivate,
    IReadOnlyList<ServiceHomeView> Services,
    IReadOnlyList<MoveView> Moves,
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

/// <param name="State">As the engine calls it, such as <c>CatchingUp</c>.</param>
/// <param name="Side">What this database is to the move: <c>source</c> or <c>target</c>.</param>
public sealed record MoveView(string Id, string Database, string Side, string State, string? Reason, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);

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
