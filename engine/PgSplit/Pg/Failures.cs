using System.Net.Sockets;
using Npgsql;

namespace PgSplit.Pg;

/// <summary>What a server's or a connection's failure means to a person, and what can be done about it.</summary>
static class Failures
{
    /// <param name="e">What was caught; comes back as it is where it explains itself, and where nobody could have foreseen it.</param>
    /// <param name="doing">What was tried: <c>tickets can't be copied</c>.</param>
    public static Exception Explain(Exception e, string doing) => e switch
    {
        PostgresException { SqlState: PostgresErrorCodes.DiskFull } p =>
            new PgSplitException(ExitCode.Failed, $"{doing}: a disk is full: {p.MessageText}", "make room there, then resume", e),
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } p =>
            new PgSplitException(ExitCode.Failed, $"{doing}: {p.MessageText}", "grant it, then resume", e),
        PostgresException p when p.SqlState.StartsWith("57P", StringComparison.Ordinal) || p.SqlState.StartsWith("08", StringComparison.Ordinal) =>
            Lost(doing, p.MessageText, e),
        PostgresException p =>
            new PgSplitException(ExitCode.Failed, $"{doing}: {p.MessageText} ({p.SqlState}){(p.Where is { } at ? $", {at}" : "")}", "mend the cause, then resume", e),
        NpgsqlException or IOException or SocketException => Lost(doing, e.InnerException?.Message ?? e.Message, e),
        _ => e,
    };

    static PgSplitException Lost(string doing, string why, Exception cause) =>
        new(ExitCode.Failed, $"{doing}: a connection was lost: {why}", "resume when the server answers; nothing half done is visible", cause);
}
