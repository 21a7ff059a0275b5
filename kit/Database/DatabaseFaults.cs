using System.Net.Sockets;
using Npgsql;

namespace Hdms.Kit.Database;

/// <summary>Tells faults of the way to the database, after which trying again may help, from faults of the request.</summary>
public static class DatabaseFaults
{
    /// <summary>The fence of a database that is not, or no longer, the home (PROTOCOL 1.0).</summary>
    public const string Fenced = "PS001";

    public static bool IsTransient(Exception e) => e switch
    {
        PostgresException { SqlState: Fenced } => true,
        PostgresException p => IsConnectionLost(p) || IsShut(p) || p.SqlState is PostgresErrorCodes.LockNotAvailable,
        NpgsqlException n => n.IsTransient || IsConnectionLost(n),
        TimeoutException => true,
        _ => false,
    };

    /// <summary>Nobody is let in at the moment, or the database is not there: one is being restored, or put in another's place.</summary>
    public static bool IsShut(Exception e) => e is PostgresException p
        && (p.SqlState is PostgresErrorCodes.TooManyConnections or PostgresErrorCodes.InvalidCatalogName
            // ALLOW_CONNECTIONS false; of a statement the same code says something else.
            || (p.SqlState == PostgresErrorCodes.ObjectNotInPrerequisiteState && p.InvariantSeverity == "FATAL"));

    /// <summary>The session is gone: the server stopped, crashed, is starting, or the network is cut.</summary>
    public static bool IsConnectionLost(Exception e) => e switch
    {
        PostgresException p => p.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown
            or PostgresErrorCodes.CannotConnectNow or "25P03"
            || p.SqlState.StartsWith("08", StringComparison.Ordinal),
        NpgsqlException n => n.InnerException is IOException or SocketException or EndOfStreamException or ObjectDisposedException,
        IOException or SocketException => true,
        _ => false,
    };

    /// <summary>
    /// What went wrong, for texts that are kept: PostgreSQL's DETAIL, which has rows in it, is left out, also of what it caused.
    /// </summary>
    public static string Describe(Exception e)
    {
        ArgumentNullException.ThrowIfNull(e);
        if (Cause(e) is not { } cause)
        {
            return e.Message;
        }

        var text = $"{cause.SqlState}: {cause.MessageText}{(cause.ConstraintName is { } constraint ? $" ({constraint})" : "")}";
        if (e == cause)
        {
            return text;
        }

        // A message may have its cause's in it, as AggregateException's has.
        return e.Message.Contains(cause.Message, StringComparison.Ordinal) ? e.Message.Replace(cause.Message, text, StringComparison.Ordinal) : $"{e.Message} {text}";
    }

    /// <summary>The exception for a log: itself, or its description and stack when PostgreSQL may have told of rows.</summary>
    public static Exception WithoutRows(Exception e) => Cause(e) is { } cause ? new DescribedFault(e, cause) : e;

    static PostgresException? Cause(Exception? e) => e switch
    {
        null => null,
        PostgresException p => p,
        AggregateException several => several.InnerExceptions.Select(Cause).FirstOrDefault(c => c is not null),
        _ => Cause(e.InnerException),
    };

    /// <summary>Stands for an exception that must not be printed: its text and its data have DETAIL in them.</summary>
    sealed class DescribedFault(Exception fault, PostgresException cause) : Exception(Describe(fault))
    {
        public override string? StackTrace => fault == cause ? fault.StackTrace : $"{cause.StackTrace}{Environment.NewLine}{fault.StackTrace}";

        public override string ToString() => $"{fault.GetType()}: {Message}{Environment.NewLine}{StackTrace}";
    }

    /// <summary>PostgreSQL chose this transaction to give way; running it again from the start is right.</summary>
    public static bool IsDeadlock(Exception e) =>
        e is PostgresException { SqlState: PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure };
}
