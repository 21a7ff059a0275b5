using System.Diagnostics;
using Dapper;
using Hdms.Kit.Problems;

namespace Hdms.Kit.Database;

/// <summary>Finds out whether a transaction whose connection died in COMMIT was committed (PostgreSQL manual, <c>pg_xact_status</c>).</summary>
static class CommitOutcome
{
    public const string Committed = "committed";

    /// <returns><c>committed</c>, or <c>aborted</c>.</returns>
    /// <exception cref="Refusal">503: the server did not come back in time, so the outcome is not known.</exception>
    public static async Task<string> AskAsync(RouteFollower route, Transaction transaction, CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        Exception? last = null;
        while (Stopwatch.GetElapsedTime(started) < ServiceDatabase.AwayBudget)
        {
            try
            {
                await using var connection = await route.Current.OpenAsync(ct);
                var status = await connection.ExecuteScalarAsync<string?>(new CommandDefinition(
                    "SELECT pg_xact_status(@id::text::xid8)", new { id = transaction.Id!.Value.ToString() }, cancellationToken: ct));
                if (status is not "in progress")
                {
                    return status ?? "aborted";
                }
            }
            catch (Exception e) when (DatabaseFaults.IsTransient(e))
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
}
