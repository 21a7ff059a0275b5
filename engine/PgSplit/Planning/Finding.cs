namespace PgSplit.Planning;

/// <summary>How much a <see cref="Finding"/> matters.</summary>
enum Severity
{
    /// <summary>Good to know.</summary>
    Note,

    /// <summary>The move can be made; somebody should look at this first.</summary>
    Warning,

    /// <summary>The move is refused while this is so.</summary>
    Blocker,
}

/// <summary>Something that plan saw.</summary>
/// <param name="Severity">How much it matters.</param>
/// <param name="Code">Name of the kind of finding: stable, and the key of the table in docs/pgsplit.md.</param>
/// <param name="Service">The service of the map it concerns; null for all.</param>
/// <param name="Object">What it was seen on: a table, a constraint, a setting, a session.</param>
/// <param name="Why">What is so, and why it matters.</param>
/// <param name="Remedy">What to do; null where nothing need be done.</param>
sealed record Finding(Severity Severity, string Code, string? Service, string Object, string Why, string? Remedy);
