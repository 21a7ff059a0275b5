using PgSplit.Pg;
using PgSplit.Shape;

namespace PgSplit.Control;

/// <summary>What is to be moved from where to where: one service of a map. Kept, without secrets, with the move's state; a change of it in mid-move is refused.</summary>
sealed record MoveDefinition
{
    /// <summary>Name of the service: <c>[a-z][a-z0-9_]{0,39}</c>. Slots, origins, publications and fences are named by it.</summary>
    public required string Id { get; init; }
    public required PgAddress Source { get; init; }
    public required PgAddress Target { get; init; }

    /// <summary>Tables as the map names them; partitions follow their root.</summary>
    public required IReadOnlyList<QualifiedName> Tables { get; init; }

    /// <summary>How tables change their shape on the way, by their names on the source; those that are not here move as they are.</summary>
    public IReadOnlyDictionary<QualifiedName, TableShape> Shapes { get; init; } = new Dictionary<QualifiedName, TableShape>();

    /// <summary>Tables of the whole map whose keys become UUIDs: references to them do so too.</summary>
    public IReadOnlySet<QualifiedName> UuidTables { get; init; } = new HashSet<QualifiedName>();

    /// <summary>The same tables, as the target calls them.</summary>
    public IReadOnlyList<QualifiedName> TargetTables => [.. Tables.Select(TargetOf)];

    /// <summary>Tables that the switch locks before all others, in this order: that in which the application first touches them (PROTOCOL 1.8).</summary>
    public IReadOnlyList<QualifiedName> LockFirst { get; init; } = [];

    public IReadOnlyList<Hook> Hooks { get; init; } = [];
    public MoveOptions Options { get; init; } = new();

    /// <summary>Base of the names of slots and origins; <c>_f</c> and <c>_r</c> follow.</summary>
    public string ObjectName => $"pgsplit_{Id}";

    /// <summary>What the target calls a table of the source.</summary>
    public QualifiedName TargetOf(QualifiedName table) => Shapes.GetValueOrDefault(table)?.To ?? table;

    public IReadOnlyList<QualifiedName> TablesAt(Side side) => side == Side.Source ? Tables : TargetTables;
}

/// <summary>Limits of a move. All have defaults that suit a server that is in use.</summary>
sealed record MoveOptions
{
    /// <summary>Longest time that writers may wait at a switch before it is rolled back.</summary>
    public TimeSpan PauseBudget { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Sessions that copy at once, and that build indexes at once.</summary>
    public int Workers { get; init; } = 2;

    /// <summary>Tables larger than this are copied in parts of about this size.</summary>
    public long ChunkBytes { get; init; } = 256L << 20;

    /// <summary>Tables are copied in groups of at most this size, so that WAL is kept no longer than for one group.</summary>
    public long GroupBytes { get; init; } = 64L << 30;

    /// <summary>Most WAL that the source may keep for us (PROTOCOL 1.6, case 20).</summary>
    public long WalBudgetBytes { get; init; } = 16L << 30;

    /// <summary>How long a verification counts (PROTOCOL 1.7).</summary>
    public TimeSpan VerificationValidFor { get; init; } = TimeSpan.FromHours(24);
}

/// <summary>Something outside that is told of a switch: a command, a URL, or a PgBouncer's admin console; exactly one of them.</summary>
sealed record Hook
{
    public required HookMoment When { get; init; }

    /// <summary>Run by <c>/bin/sh -c</c> with PGSPLIT_MOVE, PGSPLIT_EPOCH, PGSPLIT_OWNER and PGSPLIT_ADDRESS in its environment.</summary>
    public string? Command { get; init; }

    /// <summary>Is sent {move, epoch, owner, address} as JSON by POST; any answer but 2xx is a failure.</summary>
    public Uri? Url { get; init; }

    /// <summary>Admin console of a PgBouncer: PAUSE before the fence, the new address and RESUME after.</summary>
    public PgAddress? PgBouncer { get; init; }

    /// <summary>The database's name as PgBouncer's clients know it.</summary>
    public string? PgBouncerDatabase { get; init; }

    /// <summary>PgBouncer's configuration file, whose line of that database is rewritten to the new address before RELOAD; null where a command does that.</summary>
    public string? PgBouncerConfig { get; init; }

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);
}

enum HookMoment
{
    /// <summary>Among the preconditions; a failure refuses the switch.</summary>
    Pre,

    /// <summary>Just before writers wait; a failure calls the switch off.</summary>
    BeforeFence,

    /// <summary>Once the other side is open; a failure is retried, never undone.</summary>
    AfterOpen,

    /// <summary>After a switch that was called off.</summary>
    Aborted,
}
