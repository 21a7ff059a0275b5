namespace PgSplit.Pg;

/// <summary>
/// What every session of the engine runs with, walsenders too: output that does not depend on the role's or the database's settings
/// (PROTOCOL case 28), no time-outs of others (case 12), durable commits (1.13), no silent row filter (case 13), and no schema
/// on the search path, so that every name that the server prints is qualified.
/// </summary>
static class SessionSettings
{
    static readonly (string Name, string Value)[] Pinned =
    [
        ("search_path", "pg_catalog"),
        ("DateStyle", "ISO,YMD"),
        ("IntervalStyle", "postgres"),
        ("bytea_output", "hex"),
        ("extra_float_digits", "3"),
        ("lc_monetary", "C"),
        ("lc_numeric", "C"),
        ("xmloption", "content"),
        ("row_security", "off"),
        ("synchronous_commit", "on"),
        ("statement_timeout", "0"),
        ("lock_timeout", "0"),
        ("idle_in_transaction_session_timeout", "0"),
        ("idle_session_timeout", "0"),
        ("default_transaction_read_only", "off"),
        ("default_transaction_isolation", @"read\ committed"),
        ("jit", "off"),
        ("client_connection_check_interval", "2s"),
        ("standard_conforming_strings", "on"),
        ("quote_all_identifiers", "off"),
    ];

    /// <summary>As start-up options: they stand before the first statement, and RESET ALL goes back to them.</summary>
    public static string AsOptions { get; } = string.Join(' ', Pinned.Select(s => $"-c {s.Name}={s.Value}"));
}
