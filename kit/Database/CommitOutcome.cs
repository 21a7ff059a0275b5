using System.Diagnostics;
using Dapper;
using Hdms.Kit.Problems;
using Npgsql;

namespace Hdms.Kit.Database;

/// <summary>
/// Finds out whether a transaction whose COMMIT got no answer was committed. Its id alone does not tell: after a crash
/// PostgreSQL gives ids again that were never written down, and somebody else's commit would pass for ours. So its own event
/// is looked for, once the id is no longer in progress (PostgreSQL manual, <c>pg_xact_status</c>).
/// </summary>
static class CommitOutcome
{
    /// <returns>Whether it was committed.</returns>
    /// <exception cref="Refusal">503: the server did not come back in time, or the transaction left no event to be known by.</exception>
    public static async Task<bool> AskAsync(RouteFollower route, Transaction transaction, CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        Exception? last = null;
        while (transaction.Mark is not null && Stopwatch.GetElapsedTime(started) < ServiceDatabase.AwayBudget)
        {
            try
            {
                await using var connection = await route.Current.OpenAsync(ct);
                if (!await IsInProgressAsync(connection, transaction.Id, ct))
                {
                    return await transaction.HasLeftItsMarkAsync(connection, ct);
                }
            }
            catch (Exception e) when (DatabaseFaults.IsTransient(e) || DatabaseFaults.IsConnectionLost(e) || e is ObjectDisposedException)
            {
                last = e;
            }

            await Task.Delay(50, ct);
        }

        throw Refusal.Unavailable(
            Codes.Unavailable,
            "The database went away during the commit; whether the change was made is not known. Repeat the request with the same Idempotency-Key, or look.",
            TimeSpan.FromSeconds(2),
            last);
    }

    static async Task<bool> IsInProgressAsync(NpgsqlConnection connection, string id, CancellationToken ct)
    {
        try
        {
            return await connection.ExecuteScalarAsync<string?>(new CommandDefinition(
                "SELECT pg_xact_status(@id::text::xid8)", new { id }, cancellationToken: ct)) == "in progress";
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidParameterValue)
        {
            // An id in the future: the server crashed before it had written anything of the transaction down.
            return false;
        }
    }
}
