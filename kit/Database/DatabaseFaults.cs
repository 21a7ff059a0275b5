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
        PostgresException p => IsConnectionLost(p) || p.SqlState is PostgresErrorCodes.TooManyConnections or PostgresErrorCodes.LockNotAvailable,
        NpgsqlException n => n.IsTransient || IsConnectionLost(n),
        TimeoutException => true,
        _ => false,
    };

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

    /// <summary>PostgreSQL chose this transaction to give way; running it again from the start is right.</summary>
    public static bool IsDeadlock(Exception e) =>
        e is PostgresException { SqlState: PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure };
}
