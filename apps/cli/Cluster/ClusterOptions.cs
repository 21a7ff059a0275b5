namespace Hdms.Cli.Cluster;

/// <summary>How a private cluster is run.</summary>
/// <param name="Data">The directory that holds the cluster, its lock and its secrets (setting <c>data</c>).</param>
internal sealed record ClusterOptions(string Data)
{
    /// <summary>Setting <c>pg_bin</c>.</summary>
    public string? PgBin { get; init; }

    /// <summary>Off only for clusters that tests throw away: a crash of the machine may then destroy everything.</summary>
    public bool Durable { get; init; } = true;

    /// <summary>Whether a server that dies is started again.</summary>
    public bool Supervised { get; init; } = true;

    /// <summary>PostgreSQL's settings in which a cluster is to differ from ours; they come last, so they win.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Hears what is being done, for a person who waits.</summary>
    public IProgress<string>? Progress { get; init; }
}
